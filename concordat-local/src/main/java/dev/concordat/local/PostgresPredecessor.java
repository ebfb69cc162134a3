package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The PostgreSQL of an earlier program that may still be about to end on the same data. */
final class PostgresPredecessor {
  private static final Duration PREDECESSOR = Duration.ofSeconds(10);

  private final Path data;
  private final Path file;

  PostgresPredecessor(Path data) {
    this.data = data;
    this.file = data.resolve("postmaster.pid");
  }

  /**
   * Waits for a server that the death of an earlier program has left behind for a moment: its guard
   * is about to kill it, and its children end when they miss it.
   */
  void await() {
    predecessor().ifPresent(this::await);
    if (isEmpty()) {
      awaitChildren();
      forget();
    }
  }

  private void await(ProcessHandle server) {
    if (server.info().command().orElse("").endsWith("/postgres")) {
      Processes.awaitEnd(server, PREDECESSOR);
    }
    awaitChildren();
    if (Processes.isDefunct(server)) {
      forget();
    }
  }

  private void awaitChildren() {
    Processes.workingIn(data).forEach(child -> Processes.awaitEnd(child, PREDECESSOR));
  }

  /** A server killed between making the file and writing it leaves it so. The folder is ours. */
  private boolean isEmpty() {
    try {
      return Files.exists(file) && Files.size(file) == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private Optional<ProcessHandle> predecessor() {
    try {
      return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).get(0).strip()));
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /**
   * A dead server that nobody buried keeps its number, and the next one would take it for alive.
   */
  private void forget() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new LocalServerException("Cannot delete " + file + ", left by a dead server.", e);
    }
  }
}
