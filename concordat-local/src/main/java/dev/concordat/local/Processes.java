package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Looks after processes that are not, or no longer, our children. */
final class Processes {
  private static final Duration PAUSE = Duration.ofMillis(5);

  private Processes() {}

  /** Waits for the end of a process; false if the time was not enough. */
  static boolean awaitEnd(ProcessHandle process, Duration timeout) {
    return await(() -> !process.isAlive() || isDefunct(process), timeout);
  }

  /** Asks until the answer is yes; false if the time was not enough. */
  static boolean await(BooleanSupplier condition, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() >= end) {
        return false;
      }
      pause();
    }
    return true;
  }

  /** Whether it is dead but not buried, as happens in containers where that is nobody's task. */
  static boolean isDefunct(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return false; // gone, or a system without this file
    }
  }

  /** The processes that stand in a folder, as far as the system tells us. */
  static List<ProcessHandle> workingIn(Path folder) {
    return ProcessHandle.allProcesses()
        .filter(process -> folder.equals(workingFolder(process)))
        .toList();
  }

  private static Path workingFolder(ProcessHandle process) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"));
    } catch (IOException e) {
      return Path.of("/"); // gone, not ours, or a system without this link
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      throw Shell.interrupted("waiting for a process to end", e);
    }
  }
}
