package dev.concordat.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Lets one thread at a time decide about an instance, and tells of it when the turn is over. */
final class Turns {

  private static final Duration MOST_BUSY = Duration.ofSeconds(2);

  private final ReentrantLock lock = new ReentrantLock();
  private final Runnable afterwards;

  /** {@code afterwards} runs after each turn, outside of it. */
  Turns(Runnable afterwards) {
    this.afterwards = afterwards;
  }

  /** Waits for a turn, however long. A turn within a turn is the same turn. */
  <T> T take(Supplier<T> work) {
    lock.lock();
    return during(work);
  }

  /**
   * Waits for a turn, but not for long.
   *
   * @throws StillBusy if none came
   */
  <T> T takeSoon(Supplier<T> work) {
    if (!isFreeSoon()) {
      throw new StillBusy();
    }
    return during(work);
  }

  /** Takes a turn if nobody else has it, or gives {@code otherwise}. */
  <T> T takeNow(Supplier<T> work, T otherwise) {
    return lock.tryLock() ? during(work) : otherwise;
  }

  private boolean isFreeSoon() {
    try {
      return lock.tryLock(MOST_BUSY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private <T> T during(Supplier<T> work) {
    T result;
    try {
      result = work.get();
    } finally {
      lock.unlock();
    }
    if (!lock.isHeldByCurrentThread()) {
      afterwards.run();
    }
    return result;
  }
}
