package dev.concordat.engine;

import dev.concordat.store.Bell;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wakes a worker when other processes ring. Whatever goes wrong here, polling finds the work. */
final class Listening {

  private static final Logger LOG = LoggerFactory.getLogger(Listening.class);
  // Short, so that the end is noticed soon.
  private static final Duration SLICE = Duration.ofMillis(100);
  private static final int DEAF_SLICES = 10;

  private final Engine engine;
  private final Thread thread;
  private volatile boolean over;

  /**
   * Begins to listen.
   *
   * @throws dev.concordat.core.RefusedException if there is no connection to listen on
   */
  Listening(Engine engine) {
    this.engine = engine;
    Bell.Ear first = engine.store().bell().listen();
    this.thread = engine.platform().start("concordat-bell", () -> listen(first));
  }

  private void listen(Bell.Ear first) {
    Bell.@Nullable Ear ready = first;
    do {
      try (Bell.Ear ear = ready == null ? engine.store().bell().listen() : ready) {
        ready = null;
        hear(ear);
      } catch (RuntimeException e) {
        LOG.debug("other workers are not heard for a second, and work is found by polling", e);
        ready = null;
        rest();
      }
    } while (!over);
  }

  private void hear(Bell.Ear ear) {
    // There may have been rings that nobody heard.
    engine.wake();
    while (!over) {
      if (ear.await(SLICE)) {
        engine.wake();
      }
    }
  }

  private void rest() {
    try {
      for (int i = 0; i < DEAF_SLICES && !over; i++) {
        engine.platform().pause(SLICE);
      }
    } catch (InterruptedException e) {
      over = true;
    }
  }

  /** Ends, and returns when the connection is given back. */
  void close() {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends without waiting. */
  void kill() {
    over = true;
  }
}
