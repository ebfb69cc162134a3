package dev.concordat.atomic;

/** What a participant is asked. It answers each with its {@link ThreePhaseStanding}. */
public sealed interface ThreePhaseRequest {

  /** The coordinator's ballot, which needs no promises because it comes before all others. */
  long FIRST_BALLOT = 0;

  /**
   * Can you commit this? Only the coordinator asks.
   *
   * @param coordinator a name that no other attempt to run this transaction has
   * @param plan who takes part
   * @param work what this participant is to do, in its own words
   */
  record CanCommit(String coordinator, ThreePhasePlan plan, String work)
      implements ThreePhaseRequest {}

  /**
   * Pre-commit.
   *
   * @param ballot whose attempt this is
   * @param coordinator if it is the first ballot: who you must have voted for; else empty
   */
  record PreCommit(long ballot, String coordinator) implements ThreePhaseRequest {}

  /** Pre-abort; the ballot is that of whoever ends the transaction. */
  record PreAbort(long ballot) implements ThreePhaseRequest {}

  /** It is decided: commit. */
  record Commit() implements ThreePhaseRequest {}

  /** It is decided: abort. */
  record Abort() implements ThreePhaseRequest {}

  /**
   * The coordinator gives up, and has never asked anybody to pre-commit: abort, if you voted for it
   * or not at all.
   */
  record Cancel(String coordinator) implements ThreePhaseRequest {}

  /**
   * The coordinator is silent: how do you stand? Take part in nothing below this ballot any more,
   * and never vote yes if you have not.
   */
  record Ask(long ballot) implements ThreePhaseRequest {}

  /** How do you stand? Changes nothing. */
  record Look() implements ThreePhaseRequest {}
}
