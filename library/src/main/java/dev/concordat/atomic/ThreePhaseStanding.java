package dev.concordat.atomic;

/**
 * What one participant answers to every request: how it stands. All of it is in its row before it
 * says so.
 *
 * @param state where it stands
 * @param promised the ballot below which it takes part in nothing more; 0 is the coordinator's
 * @param attempt the ballot at which it was last told to pre-commit or pre-abort; {@link
 *     #NO_ATTEMPT} if never
 * @param coordinator the coordinator that it voted yes for, or an empty text
 * @param reason why it refused, for people; empty unless it did
 */
public record ThreePhaseStanding(
    ThreePhaseState state, long promised, long attempt, String coordinator, String reason) {

  /** There was no attempt. */
  public static final long NO_ATTEMPT = -1;

  /** Of a participant that was never asked. */
  public static final ThreePhaseStanding INITIAL =
      new ThreePhaseStanding(ThreePhaseState.INITIAL, 0, NO_ATTEMPT, "", "");

  static ThreePhaseStanding votedFor(String coordinator) {
    return new ThreePhaseStanding(ThreePhaseState.WAIT, 0, NO_ATTEMPT, coordinator, "");
  }

  /** It will never vote yes: nobody can commit any more. */
  static ThreePhaseStanding refused(String reason) {
    return new ThreePhaseStanding(ThreePhaseState.ABORTED, 0, NO_ATTEMPT, "", reason);
  }

  ThreePhaseStanding in(ThreePhaseState next) {
    return new ThreePhaseStanding(next, promised, attempt, coordinator, reason);
  }

  ThreePhaseStanding promising(long ballot) {
    return new ThreePhaseStanding(state, ballot, attempt, coordinator, reason);
  }

  ThreePhaseStanding attempting(ThreePhaseState next, long ballot) {
    return new ThreePhaseStanding(next, ballot, ballot, coordinator, reason);
  }

  /** Whether it voted yes for that coordinator, whatever became of it since. */
  boolean hasVotedFor(String name) {
    return coordinator.equals(name) && !name.isEmpty();
  }

  /** Answers overtake each other; a standing never goes back. */
  ThreePhaseStanding orLater(ThreePhaseStanding heard) {
    if (state.isFinal() || heard.state == ThreePhaseState.INITIAL) {
      return this;
    }
    boolean isOlder =
        heard.promised < promised || (heard.promised == promised && heard.attempt < attempt);
    return isOlder && !heard.state.isFinal() ? this : heard;
  }
}
