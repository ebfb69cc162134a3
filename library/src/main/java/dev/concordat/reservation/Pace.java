package dev.concordat.reservation;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * How many questions, voids and refunds one process has under way at one provider at once. Whoever
 * finds too many before him is told when to come again, so that ten thousand who wait do so in the
 * database. Thread-safe.
 */
final class Pace {

  private static final int WAITING_EACH = 4;
  private static final long FIRST_GUESS = Duration.ofMillis(50).toNanos();
  // Longer than what is waited for in memory.
  private static final Duration SHORTEST = Duration.ofSeconds(3);
  // However many came before: some of them may have been told twice, or gone elsewhere.
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final int WEIGHT = 8;
  // One that hangs says little of how long the next one takes.
  private static final int WORST = 4;
  private static final long LEAST = Duration.ofMillis(1).toNanos();

  private final int atOnce;
  private int within;
  private long usual = FIRST_GUESS;
  private long taken;

  Pace(int atOnce) {
    this.atOnce = atOnce;
  }

  /**
   * Enters, or says how long to stay away: one after the other as far as {@link #LONGEST}, and at
   * some time before that where there are more, so that who is new waits no longer than who has
   * waited already.
   *
   * @param nanos the time now
   * @param random from 0 to 1
   * @return zero if entered; then the end of {@link #turn} must follow
   */
  synchronized Duration enter(long nanos, double random) {
    if (within < atOnce * WAITING_EACH) {
      within++;
      return Duration.ZERO;
    }
    long soonest = nanos + SHORTEST.toNanos();
    long latest = nanos + LONGEST.toNanos();
    long turn = Math.max(taken, soonest) + usual / atOnce;
    taken = Math.min(turn, latest);
    return Duration.ofNanos(
        turn < latest ? turn - nanos : soonest - nanos + (long) (random * (latest - soonest)));
  }

  /** The turn of one who has entered. */
  Turn turn() {
    return new Turn();
  }

  private synchronized void leave(@Nullable Long took) {
    within--;
    if (took != null) {
      usual = Math.max(LEAST, usual + (Math.min(took, usual * WORST) - usual) / WEIGHT);
    }
  }

  /** From entering to leaving. Thread-safe. */
  final class Turn {
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable Long began;
    private volatile @Nullable Long took;

    private Turn() {}

    /** It is let through to the provider; what it waited for that is not the provider's time. */
    void begins(long nanos) {
      began = nanos;
    }

    /** The provider has answered; what is done with the answer is not its time, either. */
    void returned(long nanos, boolean sent) {
      Long since = began;
      took = sent && since != null ? nanos - since : null;
      began = null;
    }

    /** Leaves; more than once does no harm. */
    void ends(long nanos) {
      if (over.compareAndSet(false, true)) {
        Long since = began;
        Long waited = since == null ? took : Long.valueOf(nanos - since);
        leave(waited);
      }
    }
  }
}
