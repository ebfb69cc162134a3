package dev.concordat.messaging;

import dev.concordat.engine.platform.Platform;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits that grow while something does not answer, and end at once when it is over. */
final class Backoff {

  private static final Duration FIRST = Duration.ofMillis(20);
  private static final Duration MOST = Duration.ofSeconds(2);
  private static final Duration SLICE = Duration.ofMillis(20);

  private final Platform platform;
  private final BooleanSupplier over;
  private Duration next = FIRST;

  Backoff(Platform platform, BooleanSupplier over) {
    this.platform = platform;
    this.over = over;
  }

  void again() throws InterruptedException {
    rest(next);
    next = next.multipliedBy(2).compareTo(MOST) > 0 ? MOST : next.multipliedBy(2);
  }

  void worked() {
    next = FIRST;
  }

  void rest(Duration time) throws InterruptedException {
    long end = platform.nanos() + time.toNanos();
    while (!over.getAsBoolean() && platform.nanos() < end) {
      platform.pause(SLICE);
    }
  }
}
