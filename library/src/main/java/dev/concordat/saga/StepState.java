package dev.concordat.saga;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the journal says of one step. Attempts are numbered afresh when compensation of the step
 * begins, and only then: whoever answers late must not be taken for another.
 *
 * @param phase where it stands
 * @param attempts attempts begun so far, in the present direction
 * @param forgiven how many of these no longer count, since a person allowed further ones
 * @param firstFailure when the first attempt failed, for time budgets
 * @param wakeAt when a wait ends: the next attempt, the end of a sleep, the end of waiting
 * @param maybeDone whether an attempt may have taken effect without our knowing
 * @param maybeUndone whether an attempt at compensating may have taken effect without our knowing
 * @param note the last thing that went wrong, or what is awaited
 */
record StepState(
    Phase phase,
    int attempts,
    int forgiven,
    @Nullable Instant firstFailure,
    @Nullable Instant wakeAt,
    boolean maybeDone,
    boolean maybeUndone,
    @Nullable String note) {

  enum Phase {
    FRESH,
    RUNNING,
    LOOKING_UP,
    RETRY_WAITING,
    SLEEPING,
    AWAITING,
    AWAITING_REPLY,
    /** The reply is in the journal, and waits to be taken. */
    REPLIED,
    TAKING_REPLY,
    CHILD_RUNNING,
    PARKED,
    DONE,
    SKIPPED,
    NOT_DONE,
    MAYBE_DONE,
    COMPENSATION_RUNNING,
    COMPENSATION_AWAITING_REPLY,
    COMPENSATION_WAITING,
    COMPENSATION_PARKED,
    COMPENSATED,
    UNCOMPENSATED
  }

  static final StepState FRESH = new StepState(Phase.FRESH, 0, 0, null, null, false, false, null);

  StepState in(Phase next) {
    return new StepState(
        next, attempts, forgiven, firstFailure, null, maybeDone, maybeUndone, note);
  }

  StepState running(Phase next, int attempt) {
    return new StepState(next, attempt, forgiven, firstFailure, null, maybeDone, maybeUndone, note);
  }

  /** Its command is out, and the reply is awaited until then. */
  StepState sent(Phase next, int attempt, Instant until) {
    return new StepState(
        next, attempt, forgiven, firstFailure, until, maybeDone, maybeUndone, note);
  }

  /** Its reply is here. A sending that it overtakes has its number, and must not be mistaken. */
  StepState replied() {
    int attempt = phase == Phase.RUNNING ? attempts + 1 : attempts;
    return running(Phase.REPLIED, attempt);
  }

  /** Done for certain, whatever was in doubt before. */
  StepState done(int attempt) {
    return new StepState(
        Phase.DONE, attempt, forgiven, firstFailure, null, false, maybeUndone, note);
  }

  StepState waiting(Phase next, @Nullable Instant until, @Nullable String why) {
    return new StepState(
        next, attempts, forgiven, firstFailure, until, maybeDone, maybeUndone, why);
  }

  StepState givenUp(Phase next, boolean maybe, String why) {
    return new StepState(next, attempts, forgiven, firstFailure, null, maybe, maybeUndone, why);
  }

  StepState failed(Phase next, Instant at, @Nullable Instant retryAt, boolean maybe, String why) {
    Instant first = firstFailure == null ? at : firstFailure;
    return new StepState(next, attempts, forgiven, first, retryAt, maybe, maybeUndone, why);
  }

  /** An attempt, in either direction, whose end nobody will hear of. */
  StepState lost(boolean maybe, String why) {
    return goingBack()
        ? new StepState(
            Phase.COMPENSATION_WAITING,
            attempts,
            forgiven,
            firstFailure,
            null,
            maybeDone,
            true,
            why)
        : new StepState(
            Phase.RETRY_WAITING, attempts, forgiven, firstFailure, null, maybe, maybeUndone, why);
  }

  /** The same step whose compensation may have taken effect. */
  StepState undoInDoubt() {
    return new StepState(phase, attempts, forgiven, firstFailure, wakeAt, maybeDone, true, note);
  }

  /** The same step in that phase, with a fresh count of attempts. */
  StepState anew(Phase next) {
    return new StepState(next, attempts, attempts, null, null, maybeDone, maybeUndone, null);
  }

  /** The same step as its compensation begins. */
  StepState turned() {
    return new StepState(phase, 0, 0, null, null, maybeDone, maybeUndone, null);
  }

  /** The attempts that count against the retry policy. */
  int counted() {
    return attempts - forgiven;
  }

  /** Whether the next step may begin. */
  boolean passed() {
    return phase == Phase.DONE || phase == Phase.SKIPPED;
  }

  /** Whether this is a phase of compensating. */
  boolean goingBack() {
    return switch (phase) {
      case COMPENSATION_RUNNING,
          COMPENSATION_AWAITING_REPLY,
          COMPENSATION_WAITING,
          COMPENSATION_PARKED ->
          true;
      default -> false;
    };
  }

  /** Whether an attempt is under way, in either direction. */
  boolean inFlight() {
    return phase == Phase.RUNNING
        || phase == Phase.LOOKING_UP
        || phase == Phase.TAKING_REPLY
        || phase == Phase.COMPENSATION_RUNNING;
  }
}
