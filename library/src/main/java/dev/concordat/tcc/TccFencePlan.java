package dev.concordat.tcc;

import dev.concordat.core.RefusedException;
import java.time.Duration;

/**
 * How a fence is kept.
 *
 * @param schema where its tables are
 * @param remembered how long a transaction is remembered, counted from when it began; afterwards
 *     its id is answered with {@link TccAnswer.Code#TOO_OLD}, unless something is still held for
 *     it. It must be longer than any initiator goes on asking and any network delays a call: a day
 *     at least, ten years at most
 * @param listener hears what must never happen; all of it is logged, too
 */
public record TccFencePlan(String schema, Duration remembered, TccFenceListener listener) {

  private static final Duration LEAST = Duration.ofDays(1);
  private static final Duration MOST = Duration.ofDays(3650);

  /** In schema {@code concordat}, for thirty days. */
  public static final TccFencePlan STANDARD =
      new TccFencePlan("concordat", Duration.ofDays(30), (call, answer) -> {});

  /** Checks the time. */
  public TccFencePlan {
    if (remembered.compareTo(LEAST) < 0 || remembered.compareTo(MOST) > 0) {
      throw new RefusedException(
          "a fence remembers for a day at least and ten years at most, not for " + remembered);
    }
  }

  /** The same in another schema. */
  public TccFencePlan schema(String name) {
    return new TccFencePlan(name, remembered, listener);
  }

  /** The same for another time. */
  public TccFencePlan remembering(Duration time) {
    return new TccFencePlan(schema, time, listener);
  }

  /** The same, heard by another. */
  public TccFencePlan hearing(TccFenceListener other) {
    return new TccFencePlan(schema, remembered, other);
  }
}
