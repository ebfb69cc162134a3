package dev.concordat.examples.run;

import dev.concordat.examples.Scenario;
import dev.concordat.local.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A PostgreSQL server and the stages on it. Closing it ends every process and deletes every
 * temporary folder; so does Ctrl-C.
 */
public final class Theatre implements AutoCloseable {

  private final LocalPostgres postgres;
  private final Path folder;
  private final Deque<Stage> stages = new ArrayDeque<>();
  private final Thread hook = new Thread(this::closeAll, "concordat-curtain");

  private Theatre(LocalPostgres postgres, Path folder) {
    this.postgres = postgres;
    this.folder = folder;
  }

  /**
   * Starts a server. What processes say is kept in its temporary folder, which is deleted even if
   * this program is killed.
   */
  public static Theatre open() {
    LocalPostgres postgres = LocalPostgres.start();
    try {
      Path folder = Files.createDirectory(postgres.dataFolder().resolve("scenario-logs"));
      Theatre theatre = new Theatre(postgres, folder);
      Runtime.getRuntime().addShutdownHook(theatre.hook);
      return theatre;
    } catch (IOException e) {
      postgres.close();
      throw new UncheckedIOException("cannot create a folder for the logs", e);
    }
  }

  /** A stage for a scenario, closed with the theatre. */
  public Stage stage(Scenario<?> scenario, Watcher watcher) {
    Stage stage = Stage.open(scenario, postgres, folder, watcher);
    synchronized (this) {
      stages.push(stage);
    }
    return stage;
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
    while (!stages.isEmpty()) {
      stages.pop().close();
    }
    postgres.close();
  }
}
