package dev.concordat.atomic;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The state of whoever drives a three-phase commit: the coordinator, or a participant that leads
 * its termination. Nothing of it is durable; all that must survive is in the participants' rows.
 *
 * @param driver who drives: a coordinator's name, or the leading participant's
 * @param leads whether it leads a termination
 * @param phase what it waits for
 * @param ballot its ballot
 * @param commits what it attempts or has decided, once it does
 * @param standings what it has heard in this phase
 * @param until when it waits no longer
 */
record ThreePhaseRound(
    String driver,
    boolean leads,
    Phase phase,
    long ballot,
    boolean commits,
    Map<String, ThreePhaseStanding> standings,
    Instant until) {

  /** What whoever drives waits for. */
  enum Phase {
    /** To be begun. */
    NEW,
    /** For votes. */
    VOTING,
    /** For promises and standings. */
    ASKING,
    /** For a quorum that has pre-committed or pre-aborted. */
    ATTEMPTING,
    /** For all to do what is decided. */
    TELLING,
    /** For others to decide. */
    LOOKING,
    /** For nothing: all know what is decided. */
    DONE,
    /** For nothing: it is decided, but not all that should know could be told. */
    TOLD,
    /** For nothing: it could not decide in time. */
    UNDECIDED
  }

  ThreePhaseRound {
    standings = Map.copyOf(standings);
  }

  /** A coordinator's; the name must be new for each attempt to run the transaction. */
  static ThreePhaseRound coordinated(String name) {
    return new ThreePhaseRound(
        name, false, Phase.NEW, ThreePhaseRequest.FIRST_BALLOT, true, Map.of(), Instant.EPOCH);
  }

  /**
   * A termination led by that participant.
   *
   * @param ballot one that it has promised itself, and whose promise nobody else was: so it never
   *     leads twice with one ballot, whenever it dies
   */
  static ThreePhaseRound led(String participant, long ballot) {
    return new ThreePhaseRound(
        participant, true, Phase.NEW, ballot, false, Map.of(), Instant.EPOCH);
  }

  /** What was heard counts for the phase in which it was asked; what is final stays so. */
  ThreePhaseRound in(Phase next, Instant newUntil) {
    Map<String, ThreePhaseStanding> ends = new LinkedHashMap<>(standings);
    ends.values().removeIf(standing -> !standing.state().isFinal());
    return new ThreePhaseRound(driver, leads, next, ballot, commits, ends, newUntil);
  }

  /** It is over, with what it has heard. */
  ThreePhaseRound over(Phase end) {
    return new ThreePhaseRound(driver, leads, end, ballot, commits, standings, until);
  }

  ThreePhaseRound with(boolean newCommits) {
    return new ThreePhaseRound(driver, leads, phase, ballot, newCommits, standings, until);
  }

  /** An answer to what was asked earlier tells nothing, unless it tells what is decided. */
  private boolean isAnswer(ThreePhaseStanding heard) {
    return heard.state().isFinal()
        || switch (phase) {
          case VOTING, LOOKING -> !heard.coordinator().isEmpty();
          case ASKING -> heard.promised() >= ballot;
          case ATTEMPTING -> heard.attempt() == ballot || (leads && heard.promised() > ballot);
          case NEW, TELLING, DONE, TOLD, UNDECIDED -> false;
        };
  }

  ThreePhaseRound hearing(String participant, ThreePhaseStanding standing) {
    if (!isAnswer(standing)) {
      return this;
    }
    Map<String, ThreePhaseStanding> more = new LinkedHashMap<>(standings);
    more.put(participant, standing(participant).orLater(standing));
    return new ThreePhaseRound(driver, leads, phase, ballot, commits, more, until);
  }

  boolean hasHeard(String participant) {
    return standings.containsKey(participant);
  }

  ThreePhaseStanding standing(String participant) {
    return Objects.requireNonNull(standings.getOrDefault(participant, ThreePhaseStanding.INITIAL));
  }

  Collection<ThreePhaseStanding> heard() {
    return standings.values();
  }

  /** The highest ballot it has heard of. */
  long highest() {
    return heard().stream().mapToLong(ThreePhaseStanding::promised).reduce(ballot, Math::max);
  }

  boolean isDecided() {
    return phase == Phase.TELLING || phase == Phase.DONE || phase == Phase.TOLD;
  }

  boolean isOver() {
    return phase == Phase.DONE || phase == Phase.TOLD || phase == Phase.UNDECIDED;
  }
}
