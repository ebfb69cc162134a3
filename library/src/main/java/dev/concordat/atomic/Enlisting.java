package dev.concordat.atomic;

import dev.concordat.core.RefusedException;

/** What the user's code begins branches with, for as long as it works. */
final class Enlisting implements TwoPhaseTransaction {

  private final TwoPhaseRunner runner;
  private final TwoPhaseAttempt attempt;
  private volatile boolean over;

  Enlisting(TwoPhaseRunner runner, TwoPhaseAttempt attempt) {
    this.runner = runner;
    this.attempt = attempt;
  }

  /** Somebody may have kept it: a branch begun later would be nobody's. */
  void end() {
    over = true;
  }

  @Override
  public String id() {
    return attempt.id();
  }

  @Override
  public Branch on(String database) {
    if (over) {
      throw new RefusedException(
          "the work of '" + attempt.id() + "' is over: no branch can be begun any more");
    }
    Site site = runner.named(database);
    if (site == null) {
      throw new RefusedException(
          "two-phase commit '"
              + runner.plan().name()
              + "' has no database '"
              + database
              + "'; it has "
              + runner.sites().stream().map(one -> one.place().name()).toList());
    }
    return new Branch(attempt.branch(site));
  }
}
