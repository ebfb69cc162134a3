package dev.concordat.examples.run;

import dev.concordat.examples.Scenario;
import dev.concordat.local.LocalPostgres;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A PostgreSQL server and the stages on it. Closing it ends every process and deletes every
 * temporary folder; so does Ctrl-C.
 */
public final class Theatre implements AutoCloseable {

  private final LocalPostgres postgres;
  private final Deque<Stage> stages = new ArrayDeque<>();
  private final Thread hook = new Thread(this::closeAll, "concordat-curtain");
  private boolean closing;

  private Theatre(LocalPostgres postgres) {
    this.postgres = postgres;
  }

  /** Starts a server. */
  public static Theatre open() {
    Theatre theatre = new Theatre(LocalPostgres.start());
    Runtime.getRuntime().addShutdownHook(theatre.hook);
    return theatre;
  }

  /** A stage for a scenario, closed with the theatre. */
  public Stage stage(Scenario<?> scenario, Watcher watcher) {
    Stage stage = Stage.open(scenario, postgres, watcher);
    synchronized (this) {
      stages.push(stage);
    }
    return stage;
  }

  /** Whether it is being closed, so that errors of those who still play mean nothing. */
  public synchronized boolean isClosing() {
    return closing;
  }

  @Override
  public void close() {
    closeAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the program is ending already, and the hook has run or is running
    }
  }

  private synchronized void closeAll() {
    closing = true;
    while (!stages.isEmpty()) {
      stages.pop().close();
    }
    postgres.close();
  }
}
