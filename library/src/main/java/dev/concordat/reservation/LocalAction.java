package dev.concordat.reservation;

import java.sql.Connection;

/**
 * SQL in one transaction with the journal. Never commit there; use nothing else that must be
 * undone.
 *
 * @param <S> the reservation's state
 */
@FunctionalInterface
public interface LocalAction<S> {

  /** Does it, and gives the state after it. */
  S apply(Connection tx, S state) throws Exception;
}
