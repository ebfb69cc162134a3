package dev.concordat.engine;

import dev.concordat.engine.platform.Platform;
import java.time.Duration;
import java.time.Instant;

/**
 * The database's time, kept between answers by the machine's monotonic clock, so that neither
 * clocks that differ between machines nor clocks that jump matter.
 */
final class DatabaseClock {

  private record Reading(Instant time, long nanos) {}

  private final Platform platform;
  private volatile Reading last;

  DatabaseClock(Platform platform, Instant now) {
    this.platform = platform;
    this.last = new Reading(now, platform.nanos());
  }

  /** Takes over a fresh answer of the database. */
  void set(Instant now) {
    last = new Reading(now, platform.nanos());
  }

  boolean isOlderThan(Duration age) {
    return platform.nanos() - last.nanos() > age.toNanos();
  }

  Instant now() {
    Reading reading = last;
    return reading.time().plusNanos(platform.nanos() - reading.nanos());
  }
}
