package dev.concordat.atomic;

import dev.concordat.core.RefusedException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who takes part in a three-phase commit, and how it is ended. Every participant keeps it in its
 * row, because it may have to end the transaction without the coordinator.
 *
 * @param participants their addresses by their names, 2 to 50
 * @param commitQuorum how many must pre-commit before anybody commits
 * @param abortQuorum how many must pre-abort before anybody aborts, once one may have pre-committed
 * @param termination how it is ended if the coordinator is silent
 * @param patienceMillis how long the coordinator waits for votes; participants wait twice as long
 */
public record ThreePhasePlan(
    SortedMap<String, String> participants,
    int commitQuorum,
    int abortQuorum,
    ThreePhaseTermination termination,
    long patienceMillis) {

  private static final int MOST = 50;
  private static final Duration USUAL = Duration.ofSeconds(5);

  /** Checks it. */
  public ThreePhasePlan {
    participants = Collections.unmodifiableSortedMap(new TreeMap<>(participants));
    int all = participants.size();
    if (all < 2 || all > MOST) {
      throw new RefusedException(
          "a three-phase commit has 2 to " + MOST + " participants, not " + all);
    }
    if (commitQuorum < 1 || commitQuorum > all || abortQuorum < 1 || abortQuorum > all) {
      throw new RefusedException("a quorum has 1 to " + all + " of " + all + " participants");
    }
    if (commitQuorum + abortQuorum <= all) {
      throw new RefusedException(
          """
          a commit quorum of %d and an abort quorum of %d need not meet among %d participants, so \
          one part could commit and another abort: together they must be more than %d\
          """
              .formatted(commitQuorum, abortQuorum, all, all));
    }
    if (patienceMillis < 1) {
      throw new RefusedException("a three-phase commit needs some patience");
    }
  }

  /**
   * A plan with a majority as the commit quorum, quorum termination, and patience of five seconds.
   *
   * @param participants their addresses by their names
   */
  public static ThreePhasePlan among(Map<String, String> participants) {
    int all = participants.size();
    int commit = all / 2 + 1;
    return new ThreePhasePlan(
        new TreeMap<>(participants),
        commit,
        all - commit + 1,
        ThreePhaseTermination.QUORUM,
        USUAL.toMillis());
  }

  /** The same with those quorums, which must meet. */
  public ThreePhasePlan quorums(int commit, int abort) {
    return new ThreePhasePlan(participants, commit, abort, termination, patienceMillis);
  }

  /** The same with that patience, 1 ms or more. */
  public ThreePhasePlan patience(Duration patience) {
    return new ThreePhasePlan(
        participants, commitQuorum, abortQuorum, termination, patience.toMillis());
  }

  /** The same, ended so if the coordinator is silent. */
  public ThreePhasePlan termination(ThreePhaseTermination how) {
    return new ThreePhasePlan(participants, commitQuorum, abortQuorum, how, patienceMillis);
  }

  Duration patience() {
    return Duration.ofMillis(patienceMillis);
  }

  List<String> names() {
    return List.copyOf(participants.keySet());
  }

  /** How long that participant waits for others: they do not begin to lead at the same time. */
  Duration silence(String participant) {
    return patience().multipliedBy(4L + names().indexOf(participant)).dividedBy(2);
  }

  int quorum(boolean commits) {
    return commits ? commitQuorum : abortQuorum;
  }

  boolean isUnsafe() {
    return termination == ThreePhaseTermination.UNSAFE_TIMEOUT;
  }

  /**
   * The lowest ballot above that one which is this participant's alone. The textbook's rule knows
   * no ballots: then all is done at the first.
   */
  long ballotAfter(long above, String participant) {
    if (isUnsafe()) {
      return ThreePhaseRequest.FIRST_BALLOT;
    }
    long all = participants.size() + 1L;
    long own = names().indexOf(participant) + 1L;
    long rounds = above < own ? 0 : (above - own) / all + 1;
    return rounds * all + own;
  }
}
