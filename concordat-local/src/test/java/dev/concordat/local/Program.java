package dev.concordat.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Java program in a process of its own, for tests that kill it. */
final class Program implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What the child prints once its server runs. */
  record Started(long pid, int port, Path folder) {}

  private final Process process;
  private final BufferedReader output;

  private Program(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts a server in a program of its own: its name, and a folder if it is to keep its data. */
  static Program start(Path cache, String... args) throws IOException {
    return start(List.of(), System.getProperty("java.class.path"), Map.of(), cache, args);
  }

  static Program start(
      List<String> prefix,
      String classPath,
      Map<String, String> environment,
      Path cache,
      String... args)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(java().toString());
    command.addAll(List.of("-Xmx64m", "-Dconcordat.cache=" + cache, "-cp", classPath));
    command.add(LocalServerChild.class.getName());
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    return new Program(builder.start());
  }

  static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** Waits for the child's server. */
  Started started() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IllegalStateException("the program ended before its server ran");
    }
    String[] words = line.split(" ", 3);
    return new Started(Long.parseLong(words[0]), Integer.parseInt(words[1]), Path.of(words[2]));
  }

  /** Every process below this one, to see them end after it. */
  List<ProcessHandle> below() {
    return process.descendants().toList();
  }

  /** SIGKILL: the program gets no chance to clean up. */
  void kill() {
    process.destroyForcibly();
    awaitOwnEnd();
  }

  /** Lets the program end in the ordinary way, without closing its server. */
  void end() throws IOException {
    process.getOutputStream().close();
    awaitOwnEnd();
  }

  private void awaitOwnEnd() {
    try {
      process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  static void awaitEnd(ProcessHandle process) {
    if (!Processes.awaitEnd(process, PATIENCE)) {
      throw new AssertionError("still alive: " + process.info().commandLine().orElse("?"));
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
