package dev.concordat.local;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Kills a server when this program ends, however it ends.
 *
 * <p>The guard is a small shell that waits for the end of a pipe. The operating system closes the
 * pipe with the program that holds its other end, also when that program is killed; no thread has
 * to live for it and nothing is polled. A server that is stopped in order releases its guard first.
 */
final class Guard {
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP QUIT
      read -r pid || exit 0
      read -r word && exit 0
      kill -KILL "$pid"
      [ -z "$1" ] || { sleep 1; rm -rf "$1"; }
      """;

  private final Process shell;

  private Guard(Process shell) {
    this.shell = shell;
  }

  /**
   * Begins to guard; the server is named by {@link #watch} before it begins its work.
   *
   * @param session words that put the guard out of reach of signals meant for this program's group
   * @param temporary a folder to delete once the server was killed
   */
  static Guard begin(List<String> session, @Nullable Path temporary) throws IOException {
    String folder = temporary == null ? "" : temporary.toString();
    List<String> command = List.of("sh", "-c", SCRIPT, "concordat-guard", folder);
    return new Guard(
        new ProcessBuilder(Shell.join(session, command))
            .directory(Path.of("/").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  void watch(long pid) throws IOException {
    say(Long.toString(pid));
  }

  /** Ends the guard without harm to anybody. */
  void release() {
    try {
      say("released");
    } catch (IOException e) {
      shell.destroyForcibly(); // somebody killed it, or it never began to listen
    }
  }

  private void say(String word) throws IOException {
    OutputStream pipe = shell.getOutputStream();
    pipe.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
    pipe.flush();
  }
}
