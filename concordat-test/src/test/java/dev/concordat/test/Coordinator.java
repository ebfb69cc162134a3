package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A {@link TransferProgram} that runs, and somebody who hears it. */
final class Coordinator {

  private static final int KILLED = 137;

  private final Process process;
  private final Answers answers;
  private final CountDownLatch ready = new CountDownLatch(1);
  private final Thread hearing = new Thread(this::hear, "hears a coordinator");

  private Coordinator(Process process, Answers answers) {
    this.process = process;
    this.answers = answers;
  }

  static Coordinator start(Answers answers, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(TransferProgram.class.getName());
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Coordinator coordinator = new Coordinator(process, answers);
    coordinator.hearing.start();
    return coordinator;
  }

  private void hear() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals(TransferProgram.READY)) {
          ready.countDown();
        } else if (line.chars().filter(c -> c == ' ').count() >= 2) {
          answers.take(line);
        }
      }
    } catch (IOException e) {
      // Killed in the middle of a line: what it wanted to say is lost with it.
    }
  }

  void awaitReady(Duration patience) throws InterruptedException {
    assertThat(ready.await(patience.toMillis(), TimeUnit.MILLISECONDS)).as("it began").isTrue();
  }

  ProcessHandle process() {
    return process.toHandle();
  }

  /** SIGKILL. Returns when it is gone and all that it said is heard. */
  void kill() {
    try {
      assertThat(process.destroyForcibly().waitFor()).isEqualTo(KILLED);
      hearing.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
