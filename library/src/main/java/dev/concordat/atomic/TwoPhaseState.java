package dev.concordat.atomic;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where one attempt at a two-phase commit stands, in the eyes of one coordinator.
 *
 * @param phase how far it is
 * @param decider the branch that decides with its own commit, or empty before that is known
 * @param branches the branches, by the name of their database, in the order they were enlisted
 * @param whole whether all of its branches are known, not only some that were found prepared
 * @param answered whether its user was told what became of it
 */
record TwoPhaseState(
    Phase phase,
    String decider,
    Map<String, BranchState> branches,
    boolean whole,
    boolean answered) {

  /** How far an attempt is. */
  enum Phase {
    /** Its user works on its branches. */
    WORKING,
    /** Branches were asked to prepare. */
    PREPARING,
    /** The decider was asked to commit. */
    DECIDING,
    /** The decider's answer was lost, or it is somebody else's attempt: it must be asked. */
    IN_DOUBT,
    /** It is decided that all commit. */
    COMMITTING,
    /** It is decided that none does. */
    ABORTING,
    /** Every branch did what was decided, or has been recorded not to have. Final. */
    ENDED
  }

  /** Where one branch stands. */
  enum BranchState {
    /** It is being worked on; if nobody goes on with it, its database rolls it back. */
    OPEN,
    /** It was asked to prepare. */
    ASKED,
    /** It voted yes. */
    PREPARED,
    /** Its vote was lost. */
    UNSURE,
    /** It wrote nothing, and has ended. */
    READ_ONLY,
    /** It committed. */
    COMMITTED,
    /** It rolled back. */
    ABORTED,
    /** It did not do what was decided. */
    HEURISTIC;

    boolean isOver() {
      return this == READ_ONLY || this == COMMITTED || this == ABORTED || this == HEURISTIC;
    }
  }

  /** Copies the branches, in their order. */
  TwoPhaseState {
    branches = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(branches));
  }

  /** An attempt whose user is at work. */
  static TwoPhaseState working() {
    return new TwoPhaseState(Phase.WORKING, "", Map.of(), true, false);
  }

  TwoPhaseState in(Phase next) {
    return new TwoPhaseState(next, decider, branches, whole, answered);
  }

  TwoPhaseState with(String branch, BranchState next) {
    Map<String, BranchState> changed = new LinkedHashMap<>(branches);
    changed.put(branch, next);
    return new TwoPhaseState(phase, decider, changed, whole, answered);
  }

  TwoPhaseState told() {
    return new TwoPhaseState(phase, decider, branches, whole, true);
  }

  /** Without branches of which nobody knows whether they are any. */
  TwoPhaseState certain() {
    Map<String, BranchState> known = new LinkedHashMap<>(branches);
    known.values().removeIf(at -> at == BranchState.UNSURE);
    return new TwoPhaseState(phase, decider, known, whole, answered);
  }

  boolean allOver() {
    return branches.values().stream().allMatch(BranchState::isOver);
  }
}
