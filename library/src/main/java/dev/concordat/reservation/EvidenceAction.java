package dev.concordat.reservation;

import java.sql.Connection;

/**
 * SQL in one transaction with the journal, on the strength of a piece of evidence.
 *
 * @param <S> the reservation's state
 */
@FunctionalInterface
public interface EvidenceAction<S> {

  /** Does it, and gives the state after it. */
  S apply(Connection tx, S state, Evidence evidence) throws Exception;
}
