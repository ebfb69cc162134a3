package dev.concordat.atomic;

import dev.concordat.core.BranchEnding;
import java.util.List;

/** What happens to an attempt at a two-phase commit. */
sealed interface TwoPhaseStimulus {

  /**
   * Its user has done the work.
   *
   * @param decider the branch that decides
   * @param wrote the others that wrote something
   * @param read those that only read
   */
  record Worked(String decider, List<String> wrote, List<String> read)
      implements TwoPhaseStimulus {}

  /**
   * Its user gave up, or nothing was written.
   *
   * @param branches that were enlisted
   * @param reason for people
   */
  record Failed(List<String> branches, String reason) implements TwoPhaseStimulus {}

  /** A branch voted. */
  record Voted(String branch, Vote vote, String reason) implements TwoPhaseStimulus {}

  /** What a branch can vote. */
  enum Vote {
    YES,
    READ_ONLY,
    NO,
    UNKNOWN
  }

  /** The decider answered. */
  record Decided(Decision decision, String reason) implements TwoPhaseStimulus {}

  /** What can become of a question for the decision. */
  enum Decision {
    COMMIT,
    ABORT,
    UNKNOWN
  }

  /** The coordinator gives up asking for the decision now; whoever recovers asks on. */
  record GaveUp(String reason) implements TwoPhaseStimulus {}

  /** A branch that was told the decision answered. */
  record Told(String branch, BranchEnding ending) implements TwoPhaseStimulus {}

  /**
   * Somebody found branches of an attempt that may be nobody's any more.
   *
   * @param decider the branch that decides
   * @param prepared those that were found
   * @param elsewhere all other databases: nobody knows whether it had branches there
   */
  record Found(String decider, List<String> prepared, List<String> elsewhere)
      implements TwoPhaseStimulus {}

  /** Somebody found a decision to commit that not all branches may have followed. */
  record Unsettled(String decider, List<String> branches) implements TwoPhaseStimulus {}
}
