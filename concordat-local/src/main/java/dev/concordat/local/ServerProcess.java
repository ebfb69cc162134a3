package dev.concordat.local;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One running server, from its start to its end, as a child of this program.
 *
 * <p>The child begins as a shell that waits for a word before it becomes the server, so that its
 * guard knows it from the first moment: a program killed at any instruction leaves no server.
 */
final class ServerProcess {
  private static final String AWAIT_WORD = "read -r word && exec \"$@\" </dev/null";
  private static final List<String> SESSION =
      Shell.run("setsid", "true").isDone() ? List.of("setsid") : List.of();
  private static final Duration FAST = Duration.ofSeconds(30);
  private static final Duration IMMEDIATE = Duration.ofSeconds(5);
  private static final Duration CHILDREN = Duration.ofSeconds(10);

  private final Process process;

  private ServerProcess(Process process) {
    this.process = process;
  }

  /** Starts the server, which may not serve yet when this returns. */
  static ServerProcess start(Launch launch, DataFolder folder) throws IOException {
    Guard guard = Guard.begin(SESSION, folder.deletedAtTheEnd());
    Process process = builder(launch, folder).start();
    guard.watch(process.pid());
    folder.note(process.toHandle());
    return begun(process, guard);
  }

  /** Starts a helper of a server; the folder is the server's, who sees to its end. */
  static ServerProcess startBeside(Launch launch, DataFolder folder) throws IOException {
    Guard guard = Guard.begin(SESSION, null);
    Process process = builder(launch, folder).start();
    guard.watch(process.pid());
    return begun(process, guard);
  }

  private static ProcessBuilder builder(Launch launch, DataFolder folder) {
    String name = folder.product().file();
    List<String> shell = Shell.join(List.of("sh", "-c", AWAIT_WORD, name), launch.command());
    ProcessBuilder builder =
        new ProcessBuilder(Shell.join(SESSION, Shell.join(launch.account().prefix(), shell)))
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()));
    Shell.plain(builder.environment());
    builder.environment().putAll(launch.environment());
    return builder;
  }

  /** Says the word that lets the server begin. */
  private static ServerProcess begun(Process process, Guard guard) throws IOException {
    try (OutputStream word = process.getOutputStream()) {
      word.write("go\n".getBytes(StandardCharsets.US_ASCII));
    }
    // Once the server is gone, its number may be given to a process that is none of our business.
    var unused = process.onExit().thenRun(guard::release);
    return new ServerProcess(process);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until the server serves.
   *
   * @return false if it ended or the time was not enough
   */
  boolean awaitReady(BooleanSupplier isReady, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    while (System.nanoTime() < end) {
      if (isReady.getAsBoolean()) {
        return true;
      }
      if (await(Duration.ofMillis(5))) {
        return false;
      }
    }
    return false;
  }

  /** Ends the server in order, by a signal it understands so, or in the end by force. */
  void stop(String signal) {
    Shell.signal(pid(), signal);
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
      throw Shell.interrupted("waiting for a server", e);
    }
  }
}
