package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What can happen to an instance. Carries everything that is not pure: time and chance. */
sealed interface ReservationStimulus {

  /** When it happened. */
  Instant now();

  /** The reservation is accepted. */
  record Begin(Instant now, Payload input, @Nullable String trace) implements ReservationStimulus {}

  /** The correction is accepted. */
  record BeginCorrection(Instant now, ReservationEvent.ReservationCorrectionStarted started)
      implements ReservationStimulus {}

  /** A worker folded the journal; whatever ran is lost, but for what is alive in this worker. */
  record Opened(Instant now, @Nullable ReservationAction alive) implements ReservationStimulus {}

  /** Time has passed. */
  record Tick(Instant now) implements ReservationStimulus {}

  /** It is held, and with that the first call may go out under this key. */
  record Held(Instant now, int attempt, Payload state, Money amount, Intent intent)
      implements ReservationStimulus {}

  /** What a call goes out with. */
  record Intent(String key, String requestHash) {}

  /** Another local action is done. */
  record LocalDone(Instant now, ReservationAction action, Payload state)
      implements ReservationStimulus {}

  /** The provider answered. {@code evidence} is null if it says that the key was misused. */
  record Answered(
      Instant now,
      ReservationAction action,
      Instant askedAt,
      @Nullable Evidence evidence,
      String detail,
      double random)
      implements ReservationStimulus {}

  /** An attempt failed. {@code counted} is false if it was none: nothing was even tried. */
  record Failed(Instant now, ReservationAction action, Failure failure, double random)
      implements ReservationStimulus {}

  /** How an attempt failed; {@code notBefore} is how long the other side asked us to wait. */
  record Failure(FailureKind kind, boolean counted, String message, @Nullable Duration notBefore) {}

  /** The question must wait for its turn. */
  record Paced(Instant now, ReservationAction action, Instant until)
      implements ReservationStimulus {}

  /** A correction is started, or the corrected reservation was told. */
  record Passed(Instant now, ReservationAction action, String id) implements ReservationStimulus {}

  /** A letter is taken up. */
  record Letter(Instant now, int letter, Request request) implements ReservationStimulus {}

  /** The instance cannot go on here, for a reason that a person must remove. */
  record Stuck(Instant now, String reason) implements ReservationStimulus {}

  /** What a letter asks. */
  sealed interface Request {
    /** Somebody says how it stands. */
    record Says(Evidence evidence) implements Request {}

    /** Ask now. */
    record Check() implements Request {}

    record Operate(Verb verb, String by, @Nullable String reason, @Nullable Evidence evidence)
        implements Request {}

    /** The letter cannot be read. */
    record Unreadable(String kind, String why) implements Request {}
  }
}
