package dev.concordat.reservation;

import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What the machine must know of a definition.
 *
 * @param retry when the call is made again, with the same key
 * @param ask when it is asked again how it stands; also when a void or refund is tried again
 * @param local when holding, confirming and releasing are tried again
 * @param keyLifetime how long the provider remembers a key, or empty if for good
 * @param quiescence how long after a call "not found" says nothing
 * @param can what the definition has code for
 */
record ReservationPlan(
    String name,
    int version,
    String provider,
    RetryPolicy retry,
    RetryPolicy ask,
    RetryPolicy local,
    Optional<Duration> keyLifetime,
    Duration quiescence,
    Duration callTimeout,
    Optional<Duration> deadline,
    Set<Can> can) {

  /** What not every definition has. */
  enum Can {
    ASK,
    VOID,
    REFUND,
    REVERSE
  }

  ReservationPlan {
    can = Set.copyOf(can);
  }

  String label() {
    return name + "@" + version;
  }

  /** Until when a request that is sent then may arrive. */
  Instant arrivesUntil(Instant sent) {
    return sent.plus(callTimeout).plus(quiescence);
  }

  /**
   * Whether what is sent then may arrive after a key that was first sent at that time is forgotten.
   */
  boolean mayForget(Instant first, Instant sent) {
    return keyLifetime.isPresent() && arrivesUntil(sent).isAfter(first.plus(keyLifetime.get()));
  }

  boolean has(Can what) {
    return can.contains(what);
  }
}
