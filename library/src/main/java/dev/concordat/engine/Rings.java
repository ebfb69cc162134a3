package dev.concordat.engine;

import dev.concordat.engine.platform.Platform;
import dev.concordat.store.Bell;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rings for other processes, but not more often than they could make use of. Thread-safe. */
final class Rings {

  private static final Logger LOG = LoggerFactory.getLogger(Rings.class);
  private static final Duration APART = Duration.ofMillis(5);

  private final Bell bell;
  private final Platform platform;
  private final AtomicBoolean pending = new AtomicBoolean();
  private volatile long last;

  Rings(Bell bell, Platform platform) {
    this.bell = bell;
    this.platform = platform;
    this.last = platform.nanos() - APART.toNanos();
  }

  /** Rings at once, or a little later together with others. Never throws. */
  void ring() {
    if (!pending.compareAndSet(false, true)) {
      return;
    }
    long wait = APART.toNanos() - (platform.nanos() - last);
    if (wait <= 0) {
      now();
    } else {
      platform.after(Duration.ofNanos(wait), this::now);
    }
  }

  private void now() {
    last = platform.nanos();
    // Before it rings: whoever comes from here on needs a ring of his own.
    pending.set(false);
    try {
      bell.ring();
    } catch (RuntimeException e) {
      LOG.debug("other workers could not be woken; they find the work by polling", e);
    }
  }
}
