package dev.concordat.tcc;

/** What the machine wants done. */
sealed interface TccAction {

  TccOperation operation();

  String branch();

  int attempt();

  /** Ask the participant. */
  record Ask(TccOperation operation, String branch, int attempt) implements TccAction {}

  /** Do it in one transaction with the journal. */
  record RunLocal(TccOperation operation, String branch, int attempt) implements TccAction {}
}
