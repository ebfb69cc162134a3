package dev.concordat.test;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** The machine's time, and more: what is only waited for can be skipped. */
final class SkippingClock implements InstantSource {

  private final AtomicLong skipped = new AtomicLong();

  @Override
  public Instant instant() {
    return InstantSource.system().instant().plusNanos(skipped.get());
  }

  long skippedNanos() {
    return skipped.get();
  }

  void skipTo(Instant time) {
    long ahead = Duration.between(instant(), time).toNanos();
    if (ahead > 0) {
      skipped.addAndGet(ahead);
    }
  }
}
