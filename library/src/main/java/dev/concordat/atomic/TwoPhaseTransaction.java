package dev.concordat.atomic;

/** The transaction, for the code that does its work. Only while that code runs, in its thread. */
public interface TwoPhaseTransaction {

  /** What the caller calls it. */
  String id();

  /**
   * The branch in that database; begun when it is first asked for.
   *
   * @throws dev.concordat.core.RefusedException if there is no such database
   * @throws dev.concordat.core.NotNowException if it has no connection now
   */
  Branch on(String database);
}
