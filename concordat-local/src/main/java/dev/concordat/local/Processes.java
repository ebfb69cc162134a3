package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Looks after processes that are not, or no longer, our children. */
final class Processes {
  private Processes() {}

  /** Waits for the end of a process; false if the time was not enough. */
  static boolean awaitEnd(ProcessHandle process, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    while (isAlive(process)) {
      if (System.nanoTime() >= end) {
        return false;
      }
      pause();
    }
    return true;
  }

  /** Whether it still runs; in a container where nobody buries the dead, they do not count. */
  static boolean isAlive(ProcessHandle process) {
    return process.isAlive() && !isDefunct(process.pid());
  }

  private static boolean isDefunct(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return false; // gone, or a system without this file
    }
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofMillis(5));
    } catch (InterruptedException e) {
      throw Shell.interrupted("waiting for a process to end", e);
    }
  }
}
