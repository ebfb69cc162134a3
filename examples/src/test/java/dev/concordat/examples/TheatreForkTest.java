package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.process.Child;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: nothing outlives a scenario. Method: a program of its own starts one, and is closed, ended
 * by its input, or killed; every process below it must end.
 */
class TheatreForkTest {

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long LOOK_EVERY_NANOS = 10_000_000;

  @TempDir private Path folder;

  /** The program: it starts a scenario's services, says so, and waits for the end of its input. */
  static final class Program {
    public static void main(String[] args) throws IOException {
      Theatre theatre = Theatre.open();
      theatre.stage(Scenarios.saga("travel"), Watcher.NOBODY);
      System.out.println("open");
      String word = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
      if (word.startsWith("close")) {
        theatre.close();
      }
    }
  }

  @Test
  void everyProcessEndsWithTheProgramThatIsKilled() {
    Child program = Child.start("theatre", folder, Program.class);
    assertThat(program.hear(PATIENCE)).isEqualTo("open");
    List<ProcessHandle> below = below(program);
    assertThat(below).hasSizeGreaterThan(4);

    program.kill();

    below.forEach(TheatreForkTest::awaitEnd);
  }

  @Test
  void everyProcessEndsWithTheProgramThatJustEnds() {
    Child program = Child.start("theatre", folder, Program.class);
    assertThat(program.hear(PATIENCE)).isEqualTo("open");
    List<ProcessHandle> below = below(program);

    program.close();

    below.forEach(TheatreForkTest::awaitEnd);
  }

  @Test
  void whatProcessesSaidIsKeptIfThatIsWanted() throws IOException {
    Path kept;
    try (Theatre theatre = Theatre.open()) {
      theatre.stage(Scenarios.saga("travel"), Watcher.NOBODY);
      kept = theatre.keepLogs();
    }
    try (Stream<Path> logs = Files.list(kept)) {
      List<Path> all = logs.toList();
      assertThat(all).isNotEmpty();
      for (Path log : all) {
        Files.delete(log);
      }
    }
    Files.delete(kept);
  }

  private static List<ProcessHandle> below(Child program) {
    return ProcessHandle.of(program.pid()).orElseThrow().descendants().toList();
  }

  private static void awaitEnd(ProcessHandle process) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isGone(process) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    assertThat(isGone(process))
        .as(process.info().commandLine().orElse("a process") + " is gone")
        .isTrue();
  }

  /** Dead, even if not buried, as happens in containers where that is nobody's task. */
  private static boolean isGone(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return !process.isAlive();
    }
  }
}
