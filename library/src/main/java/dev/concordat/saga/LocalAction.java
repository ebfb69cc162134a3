package dev.concordat.saga;

import java.sql.Connection;

/**
 * Business SQL of a local step. It runs in one transaction with the journal: either both are
 * committed or neither is, however often it has to be tried.
 *
 * @param <S> the saga's state
 */
@FunctionalInterface
public interface LocalAction<S> {

  /**
   * Does the step's work.
   *
   * @param tx the transaction; committing or rolling it back is Concordat's business
   * @param state the state so far
   * @return the state after the step; may be the same
   * @throws Exception whatever goes wrong; a {@link dev.concordat.core.RefusedException} says that
   *     the business refuses
   */
  S apply(Connection tx, S state) throws Exception;
}
