package dev.concordat.engine.platform;

import java.time.Duration;
import java.util.UUID;

/** Time, chance and threads. */
public interface Platform {

  /** A clock that only goes forward, in nanoseconds from an arbitrary origin. */
  long nanos();

  /** A uniformly random number in [0, 1). */
  double random();

  /** A random (version 4) UUID. */
  UUID uuid();

  /** Starts a thread for a piece of work that may block; daemon. */
  Thread start(String name, Runnable work);

  /**
   * Starts an operating system's thread, for work that many wait for and that must not queue behind
   * them; daemon.
   */
  Thread startHeavy(String name, Runnable work);

  /** Runs {@code work} in a thread of its own after {@code delay}, unless cancelled before. */
  Timer after(Duration delay, Runnable work);

  /**
   * Waits, at most that long.
   *
   * @throws InterruptedException if interrupted before or while waiting
   */
  void pause(Duration time) throws InterruptedException;

  /** Ends the platform's own threads. Threads it started end by themselves. */
  void close();

  /** Something that will run later. */
  interface Timer {
    /** Prevents it, unless it has begun. */
    void cancel();
  }
}
