package dev.concordat.local;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One running PostgreSQL, from its start to its end, as a child of this program.
 *
 * <p>The child begins as a shell that waits for a word before it becomes the server, so that its
 * guard knows it from the first moment: a program killed at any instruction leaves no server.
 */
final class Postmaster {
  private static final String AWAIT_WORD = "read -r word && exec \"$@\" </dev/null";
  private static final List<String> SESSION =
      Shell.run("setsid", "true").isDone() ? List.of("setsid") : List.of();
  private static final Duration FAST = Duration.ofSeconds(30);
  private static final Duration IMMEDIATE = Duration.ofSeconds(5);
  private static final Duration CHILDREN = Duration.ofSeconds(10);

  private final Process process;

  private Postmaster(Process process) {
    this.process = process;
  }

  /**
   * Starts the server; it may not accept connections yet when this returns.
   *
   * @param command the server with its arguments
   * @param log where it writes what it has to say
   * @param temporary a folder to delete if this program dies before it does so itself
   */
  static Postmaster start(Account account, List<String> command, Path log, @Nullable Path temporary)
      throws IOException {
    Guard guard = Guard.begin(SESSION, temporary);
    List<String> shell = Shell.join(List.of("sh", "-c", AWAIT_WORD, "postgres"), command);
    ProcessBuilder builder =
        new ProcessBuilder(Shell.join(SESSION, Shell.join(account.prefix(), shell)))
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Shell.plain(builder.environment());
    Process process = builder.start();
    guard.watch(process.pid());
    try (OutputStream word = process.getOutputStream()) {
      word.write("go\n".getBytes(StandardCharsets.US_ASCII));
    }
    // Once the server is gone, its number may be given to a process that is none of our business.
    var unused = process.onExit().thenRun(guard::release);
    return new Postmaster(process);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until the server accepts connections, which it notes in a file of its data folder.
   *
   * @return false if it ended or the time was not enough
   */
  boolean awaitReady(Path data, Duration timeout) {
    Path file = data.resolve("postmaster.pid");
    long end = System.nanoTime() + timeout.toNanos();
    while (System.nanoTime() < end) {
      if (isReady(file)) {
        return true;
      }
      if (await(Duration.ofMillis(5))) {
        return false;
      }
    }
    return false;
  }

  private boolean isReady(Path file) {
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
      return lines.size() >= 8
          && lines.get(0).strip().equals(Long.toString(pid()))
          && lines.get(7).startsWith("ready");
    } catch (IOException e) {
      return false; // not written yet
    }
  }

  /** Ends the server in order: open transactions are rolled back, the data are written. */
  void stop() {
    Shell.signal(pid(), "INT");
    if (!await(FAST)) {
      Shell.signal(pid(), "QUIT");
      if (!await(IMMEDIATE)) {
        kill();
      }
    }
  }

  /**
   * Kills the server as a power cut would, and waits until its last child is gone.
   *
   * <p>It is halted first, so that it cannot bear a child after its children were counted. They end
   * by themselves when they miss it.
   */
  void kill() {
    Shell.signal(pid(), "STOP");
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    await(CHILDREN);
    long end = System.nanoTime() + CHILDREN.toNanos();
    for (ProcessHandle child : children) {
      if (!Processes.awaitEnd(child, Duration.ofNanos(end - System.nanoTime()))) {
        child.destroyForcibly();
      }
    }
  }

  /** Waits for the server's own end; false if the time was not enough. */
  private boolean await(Duration timeout) {
    try {
      return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw Shell.interrupted("waiting for PostgreSQL", e);
    }
  }
}
