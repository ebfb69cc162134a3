package dev.concordat.examples.process;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Java program in a process of its own, spoken to in lines. It reads its commands from a pipe
 * whose other end this program holds, so it sees the end of the pipe when this program is gone, in
 * whatever way, and ends too.
 */
public final class Child implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final int QUOTED = 30;

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedWriter commands;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

  private Child(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Starts a program on this program's class path.
   *
   * @param name for messages
   * @param folder where what it says on its error output is kept
   * @param main its main class
   */
  public static Child start(String name, Path folder, Class<?> main, String... args) {
    try {
      Path log = Files.createTempFile(folder, name + "-", ".log");
      Process process =
          new ProcessBuilder(command(main, args))
              .redirectError(ProcessBuilder.Redirect.to(log.toFile()))
              .start();
      Child child = new Child(name, log, process);
      Thread.ofPlatform().daemon().name("hears " + name).start(child::read);
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  private static List<String> command(Class<?> main, String... args) {
    // Ctrl-C at the terminal is for this program, which ends the others in order.
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    archive().forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(args));
    return command;
  }

  /** The archive of loaded classes this program was started with makes its children quick, too. */
  private static Stream<String> archive() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-XX:SharedArchiveFile="))
        .flatMap(option -> Stream.of(option, "-Xlog:disable", "-Xlog:all=error:stderr"));
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(Optional.of(line));
      }
    } catch (IOException e) {
      // killed in the middle of a line: what it wanted to say is lost with it
    } finally {
      lines.add(Optional.empty());
    }
  }

  /** Sends a command. One that is dead does not hear it; {@link #hear} will say so. */
  public void say(String line) {
    try {
      commands.write(line);
      commands.newLine();
      commands.flush();
    } catch (IOException e) {
      // the pipe is broken because the program is gone
    }
  }

  /**
   * Waits for the next line of its output.
   *
   * @throws IllegalStateException if it has ended, or says nothing for that long
   */
  public String hear(Duration patience) {
    try {
      Optional<String> line = lines.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null) {
        throw new IllegalStateException(
            name + " said nothing for " + patience.toSeconds() + " seconds." + whatItSaid());
      }
      return line.orElseThrow(
          () -> new IllegalStateException(name + " ended unexpectedly." + whatItSaid()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + name, e);
    }
  }

  /**
   * The next line of its output, or empty if it has said nothing more.
   *
   * @throws IllegalStateException if it has ended
   */
  public Optional<String> heard() {
    Optional<String> line = lines.poll();
    if (line == null) {
      return Optional.empty();
    }
    return Optional.of(
        line.orElseThrow(
            () -> new IllegalStateException(name + " ended unexpectedly." + whatItSaid())));
  }

  /** Sends a command and waits for the next line. */
  public String ask(String line, Duration patience) {
    say(line);
    return hear(patience);
  }

  private String whatItSaid() {
    try {
      List<String> said = Files.readAllLines(log, StandardCharsets.UTF_8);
      return said.isEmpty()
          ? ""
          : " Its last words:\n"
              + String.join("\n", said.subList(Math.max(0, said.size() - QUOTED), said.size()));
    } catch (IOException e) {
      return "";
    }
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** SIGKILL: it gets no chance to do anything more. Returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    await(GRACE);
  }

  /** Lets it end in order, by closing the pipe it reads from; kills it if it does not. */
  @Override
  public void close() {
    try {
      commands.close();
    } catch (IOException e) {
      // it is gone already
    }
    if (!await(GRACE)) {
      kill();
    }
  }

  private boolean await(Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      return false;
    }
  }
}
