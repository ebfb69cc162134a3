package dev.concordat.runner;

import dev.concordat.engine.platform.Platform;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One run of user code with a time limit. When the limit is reached, the attempt counts as ended
 * and its thread is interrupted, whether or not the code heeds that; after the code has returned,
 * the thread is never interrupted by us.
 */
public final class Attempt {

  private final ReentrantLock lock = new ReentrantLock();
  private final Platform platform;
  private @Nullable Thread running;
  private boolean ended;

  /** A run to come. */
  public Attempt(Platform platform) {
    this.platform = platform;
  }

  /**
   * Runs the code.
   *
   * @param limit how long it may take
   * @param onLimit what to do when it takes longer, in a thread of its own
   */
  public <T> T run(Duration limit, Runnable onLimit, Callable<T> code) throws Exception {
    running = Thread.currentThread();
    Platform.Timer timer = platform.after(limit, () -> expire(onLimit));
    try {
      return code.call();
    } finally {
      timer.cancel();
      leave();
    }
  }

  private void leave() {
    lock.lock();
    try {
      ended = true;
      // Whoever interrupted the code must not interrupt the writing of its outcome.
      Thread.interrupted();
    } finally {
      lock.unlock();
    }
  }

  private void expire(Runnable onLimit) {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      Thread thread = running;
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
    onLimit.run();
  }
}
