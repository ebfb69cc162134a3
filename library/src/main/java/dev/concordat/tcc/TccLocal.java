package dev.concordat.tcc;

import java.sql.Connection;

/**
 * A branch in Concordat's own database: its business SQL commits together with the journal, so each
 * of the three happens exactly as often as the journal says. Thread-safe; none of them may commit
 * or roll back, nor use another connection.
 *
 * @param <S> the transaction's state
 */
public interface TccLocal<S> {

  /**
   * Tries: holds what the branch needs.
   *
   * @param tx the transaction that the journal's entry is written in
   * @throws dev.concordat.core.RefusedException if the business says no; nothing is held then
   * @throws Exception if it did not work; the transaction is rolled back
   */
  void hold(Connection tx, S state, TccBranchId branch) throws Exception;

  /**
   * Makes what is held final. Only after {@link #hold}; a refusal needs a person.
   *
   * @throws Exception if it did not work; the transaction is rolled back, and it is tried again
   */
  void confirm(Connection tx, S state, TccBranchId branch) throws Exception;

  /**
   * Gives back what is held. Only after {@link #hold}; a refusal needs a person.
   *
   * @throws Exception if it did not work; the transaction is rolled back, and it is tried again
   */
  void cancel(Connection tx, S state, TccBranchId branch) throws Exception;
}
