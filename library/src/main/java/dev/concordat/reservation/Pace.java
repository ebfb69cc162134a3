package dev.concordat.reservation;

import java.time.Duration;

/**
 * How many questions one process puts to one provider at once. Whoever finds too many before him is
 * told when to come again, so that ten thousand who wait do so in the database. Thread-safe.
 */
final class Pace {

  private static final int WAITING_EACH = 4;
  private static final long FIRST_GUESS = Duration.ofMillis(50).toNanos();
  // Longer than what is waited for in memory.
  private static final Duration SHORTEST = Duration.ofSeconds(3);
  private static final int WEIGHT = 8;

  private final int atOnce;
  private int within;
  private long usual = FIRST_GUESS;
  private long taken;

  Pace(int atOnce) {
    this.atOnce = atOnce;
  }

  /**
   * Enters, or says how long to stay away.
   *
   * @param nanos the time now
   * @return zero if entered; then {@link #leave} must follow
   */
  synchronized Duration enter(long nanos) {
    if (within < atOnce * WAITING_EACH) {
      within++;
      return Duration.ZERO;
    }
    taken = Math.max(taken, nanos + SHORTEST.toNanos()) + usual / atOnce;
    return Duration.ofNanos(taken - nanos);
  }

  /** Leaves after so long. */
  synchronized void leave(long took) {
    within--;
    usual = Math.max(1, usual + (took - usual) / WEIGHT);
  }
}
