package dev.concordat.atomic;

/** What a coordinator is to do. */
sealed interface TwoPhaseAction {

  /** Ask a branch that wrote to prepare. */
  record Prepare(String branch) implements TwoPhaseAction {}

  /** Commit a branch that only read. */
  record EndReadOnly(String branch) implements TwoPhaseAction {}

  /** Commit the decider's branch, and with it the decision. */
  record Decide(String decider) implements TwoPhaseAction {}

  /** Make sure that there is a decision, and learn it. */
  record Fence(String decider) implements TwoPhaseAction {}

  /** Roll back a branch that is not prepared. */
  record Drop(String branch) implements TwoPhaseAction {}

  /** Tell a branch to commit. */
  record Commit(String branch) implements TwoPhaseAction {}

  /** Tell a branch that may be prepared to abort. */
  record RollBack(String branch) implements TwoPhaseAction {}

  /** Record, for people, that a branch did not do what was decided. */
  record NoteHeuristic(String branch, String kind) implements TwoPhaseAction {}

  /** Tell the user what became of it. */
  record Answer(Answered answer, String reason) implements TwoPhaseAction {}

  /** What a user can be told. */
  enum Answered {
    DONE,
    REFUSED,
    UNKNOWN
  }

  /** Note that all branches followed the decision. */
  record Settle(String decider) implements TwoPhaseAction {}
}
