package dev.concordat.reservation;

import dev.concordat.core.Status;
import java.util.List;
import java.util.Optional;

/**
 * Where a reservation stands, or how it ended.
 *
 * @param end how it ended; {@link End#OPEN} if it has not
 * @param state its state
 * @param broken what waits for a person, if something does
 * @param reason why, if there is more to say
 * @param evidence the piece kept of each source, weakest source first
 * @param <S> the state's type
 */
public record ReservationResult<S>(
    String id,
    Status status,
    End end,
    S state,
    Optional<ReservationBreak> broken,
    Optional<String> reason,
    List<Evidence> evidence) {

  /** How a reservation, or the correction of one, ended. */
  public enum End {
    /** It has not ended. */
    OPEN,
    /** The outside system has done its part, and what was held is final. */
    CONFIRMED,
    /** Nothing stands at the outside system, and what was held is given back. */
    RELEASED,
    /** Nothing was ever held, and nobody was called. */
    NEVER_HELD,
    /** A correction has refunded or reversed. */
    CORRECTED,
    /** A person ended it as it is. */
    SET_ASIDE
  }

  /** Copies the evidence. */
  public ReservationResult {
    evidence = List.copyOf(evidence);
  }
}
