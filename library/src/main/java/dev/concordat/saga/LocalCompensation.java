package dev.concordat.saga;

import java.sql.Connection;

/**
 * Business SQL that counteracts a completed step, in one transaction with the journal.
 *
 * @param <S> the saga's state
 */
@FunctionalInterface
public interface LocalCompensation<S> {

  /**
   * Counteracts the step.
   *
   * @param tx the transaction; committing or rolling it back is Concordat's business
   * @param state the state as it was when the saga turned back
   * @throws Exception whatever goes wrong; it is tried again by the compensation's own policy
   */
  void apply(Connection tx, S state) throws Exception;
}
