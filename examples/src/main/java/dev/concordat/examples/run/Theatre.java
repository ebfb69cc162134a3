package dev.concordat.examples.run;

import dev.concordat.examples.Scenario;
import dev.concordat.local.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.Stream;

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

  /** Starts a server. */
  public static Theatre open() {
    try {
      Path folder = Files.createTempDirectory("concordat-scenario-");
      folder.toFile().deleteOnExit(); // should the server not start
      Theatre theatre = new Theatre(LocalPostgres.start(), folder);
      Runtime.getRuntime().addShutdownHook(theatre.hook);
      return theatre;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create a temporary folder for the logs", e);
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
    deleteFolder();
  }

  private void deleteFolder() {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + folder + "; delete it by hand", e);
    }
  }
}
