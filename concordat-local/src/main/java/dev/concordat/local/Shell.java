package dev.concordat.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs short commands of the operating system and waits for them. */
final class Shell {
  /** How the names begin that servers and their runtimes listen to. */
  private static final List<String> STRAY =
      List.of(
          "PG",
          "MYSQL_",
          "MARIADB_",
          "RABBITMQ_",
          "ERL_",
          "KAFKA_",
          "JAVA_TOOL_OPTIONS",
          "JDK_JAVA_OPTIONS");

  /** How a command ended, with everything it printed. */
  record Result(int status, String output) {
    boolean isDone() {
      return status == 0;
    }
  }

  private Shell() {}

  /** Runs a command; a command that cannot be started at all ends with status 127. */
  static Result run(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    plain(builder.environment());
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      byte[] output = process.getInputStream().readAllBytes();
      return new Result(process.waitFor(), new String(output, StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      return new Result(127, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      throw interrupted("waiting for " + command.get(0), e);
    }
  }

  static Result run(String... command) {
    return run(List.of(command));
  }

  /** Sends a signal, by a name such as {@code INT}; a process that has ended is left alone. */
  static void signal(long pid, String name) {
    run("sh", "-c", "kill -\"$1\" \"$2\"", "signal", name, Long.toString(pid));
  }

  /**
   * Removes what would change how a server behaves: a stray PGDATA or PGPORT, options for any JVM,
   * and a language that would translate the messages we read.
   */
  static void plain(Map<String, String> environment) {
    environment.keySet().removeIf(name -> STRAY.stream().anyMatch(name::startsWith));
    environment.put("LC_ALL", "C");
  }

  static List<String> join(List<String> prefix, List<String> command) {
    List<String> joined = new ArrayList<>(prefix);
    joined.addAll(command);
    return List.copyOf(joined);
  }

  /** Keeps the interrupt for the caller and says what it cut short. */
  static LocalServerException interrupted(String what, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new LocalServerException("Interrupted while " + what + ".", e);
  }
}
