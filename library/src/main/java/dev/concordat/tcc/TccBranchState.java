package dev.concordat.tcc;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the journal says of one branch. Attempts are numbered afresh when it is decided, and only
 * then: whoever answers late must not be taken for another.
 *
 * @param phase where it stands
 * @param attempts attempts begun so far, at the try or at what was decided
 * @param forgiven how many of these no longer count, since a person allowed further ones
 * @param firstFailure when the first attempt failed, for time budgets
 * @param wakeAt when the next attempt is due; null for now
 * @param note the last thing that went wrong
 * @param tried what the try gave
 * @param ended what confirm or cancel gave
 */
record TccBranchState(
    Phase phase,
    int attempts,
    int forgiven,
    @Nullable Instant firstFailure,
    @Nullable Instant wakeAt,
    @Nullable String note,
    @Nullable String tried,
    @Nullable String ended) {

  enum Phase {
    FRESH,
    TRYING,
    TRY_WAITING,
    TRIED,
    REFUSED,
    /** Holds something, or may, and is to be told what was decided. */
    UNTOLD,
    TELLING,
    TELL_WAITING,
    PARKED,
    CONFIRMED,
    CANCELLED,
    /** By hand. */
    SETTLED,
    /** It was decided to cancel before it could hold anything. */
    UNTRIED
  }

  static final TccBranchState FRESH =
      new TccBranchState(Phase.FRESH, 0, 0, null, null, null, null, null);

  TccBranchState in(Phase next) {
    return new TccBranchState(next, attempts, forgiven, firstFailure, null, note, tried, ended);
  }

  TccBranchState asked(Phase next, int attempt) {
    return new TccBranchState(next, attempt, forgiven, firstFailure, null, note, tried, ended);
  }

  TccBranchState waiting(Phase next, @Nullable Instant until, String why) {
    return new TccBranchState(next, attempts, forgiven, firstFailure, until, why, tried, ended);
  }

  TccBranchState failed(Phase next, Instant at, @Nullable Instant retryAt, String why) {
    Instant first = firstFailure == null ? at : firstFailure;
    return new TccBranchState(next, attempts, forgiven, first, retryAt, why, tried, ended);
  }

  TccBranchState done(TccOperation operation, @Nullable String result) {
    return switch (operation) {
      case TRY -> new TccBranchState(Phase.TRIED, attempts, 0, null, null, null, result, null);
      case CONFIRM ->
          new TccBranchState(Phase.CONFIRMED, attempts, 0, null, null, null, tried, result);
      case CANCEL ->
          new TccBranchState(Phase.CANCELLED, attempts, 0, null, null, null, tried, result);
    };
  }

  /** The same branch as it is decided. */
  TccBranchState turned(Phase next) {
    return new TccBranchState(next, 0, 0, null, null, null, tried, null);
  }

  /** The same branch, due at once, with a fresh count of attempts. */
  TccBranchState anew(Phase next) {
    return new TccBranchState(next, attempts, attempts, null, null, null, tried, ended);
  }

  /** The attempts that count against the retry policy. */
  int counted() {
    return attempts - forgiven;
  }

  boolean inFlight() {
    return phase == Phase.TRYING || phase == Phase.TELLING;
  }

  /** Whether it is to be asked again at some time. */
  boolean isWaiting() {
    return phase == Phase.TRY_WAITING || phase == Phase.TELL_WAITING;
  }

  /** Whether nothing more is to be done about it once it is decided. */
  boolean isOver() {
    return switch (phase) {
      case CONFIRMED, CANCELLED, SETTLED, UNTRIED -> true;
      default -> false;
    };
  }
}
