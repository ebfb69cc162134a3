package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One event in the journal of a reservation. Names and fields are what is on disk: they may be
 * added to, never changed. The first event's name begins with Reservation, which tells the
 * protocol.
 */
public sealed interface ReservationEvent {

  /** Accepted. The deadline is null if there is none; {@code trace} is the starter's. */
  record ReservationStarted(Payload input, @Nullable Instant deadline, @Nullable String trace)
      implements ReservationEvent {}

  /**
   * Accepted: a correction of a reservation that has ended, because of evidence that came late.
   *
   * @param input the state that the reservation ended with
   * @param of the reservation's id
   * @param key the key of its call
   * @param amount what is to be refunded, reversed or looked at
   */
  record ReservationCorrectionStarted(
      Payload input,
      String of,
      String key,
      Money amount,
      Correction correction,
      Evidence late,
      Instant at,
      @Nullable String trace)
      implements ReservationEvent {}

  /**
   * What late evidence asks for, and why. {@code broken} is null unless only a person can do it.
   */
  record Correction(How how, @Nullable ReservationBreak broken, String reason) {
    /** How a correction is done. */
    public enum How {
      REFUND,
      REVERSE,
      PERSON
    }
  }

  /** It is held, in this entry's transaction. */
  record Held(Payload state, Money amount) implements ReservationEvent {}

  /** The business refused to hold: nothing is held, and nobody was called. */
  record HoldRefused(String reason) implements ReservationEvent {}

  /** The intent of an attempt at the call: durable before anything is sent. */
  record CallStarted(int attempt, String key, String requestHash, Instant at, Instant until)
      implements ReservationEvent {}

  /** The provider answered the call. Times are null where nothing more is planned. */
  record CallAnswered(
      int attempt, Evidence evidence, @Nullable Instant retryAt, @Nullable Instant askAt)
      implements ReservationEvent {}

  /** The provider knows the key with another request. */
  record KeyMisused(int attempt, String detail) implements ReservationEvent {}

  /**
   * No answer. {@code sent} says whether this attempt may have reached the provider, {@code
   * counted} whether it was one; {@code retryAt} is null if the call is not made again.
   */
  record CallFailed(
      int attempt,
      FailureKind kind,
      boolean sent,
      boolean counted,
      String message,
      Instant at,
      @Nullable Instant retryAt,
      @Nullable Instant askAt)
      implements ReservationEvent {}

  /** The worker was lost during an attempt at the call, which may have reached the provider. */
  record CallLost(int attempt, Instant at, @Nullable Instant retryAt, @Nullable Instant askAt)
      implements ReservationEvent {}

  /**
   * The provider was asked how it stands; {@code evidence} is null if it gave no answer; {@code
   * keptAway} says that the question certainly never reached it.
   */
  record Looked(
      int query,
      @Nullable Evidence evidence,
      String message,
      Instant askedAt,
      @Nullable Instant askAt,
      boolean keptAway)
      implements ReservationEvent {}

  /** The question waits for its turn: the provider is not to be asked more at once. */
  record AskPaced(int query, Instant askAt) implements ReservationEvent {}

  /** A void or refund waits for its turn: nothing was sent. */
  record AttemptPaced(ReservationTask task, int attempt, Instant until)
      implements ReservationEvent {}

  /** The intent of an attempt at a refund: durable before anything is sent. */
  record RefundStarted(int attempt, Instant at) implements ReservationEvent {}

  /** A piece of evidence came in a letter. */
  record EvidenceFound(int letter, Evidence evidence, @Nullable String by)
      implements ReservationEvent {}

  /** A piece of evidence that was here already came again. */
  record EvidenceRepeated(int letter, Evidence.Source source, String of)
      implements ReservationEvent {}

  /** Somebody asked for the question to be put now. */
  record CheckAsked(int letter, Instant at) implements ReservationEvent {}

  /** Nobody wants it any more; the call's outcome is still found out. */
  record Halted(Cause cause, String reason) implements ReservationEvent {}

  /** It is going to be voided at the provider. */
  record VoidBegan(String reason, Instant at) implements ReservationEvent {}

  /** The provider answered the void. */
  record VoidAnswered(int attempt, Evidence evidence, @Nullable Instant retryAt)
      implements ReservationEvent {}

  /** What is done is decided: confirm or release what is held. */
  record Decided(boolean confirm, String reason) implements ReservationEvent {}

  /**
   * An attempt at anything but the call failed; {@code keptAway} says that certainly nothing was
   * sent.
   */
  record AttemptFailed(
      ReservationTask task,
      int attempt,
      FailureKind kind,
      String message,
      Instant at,
      @Nullable Instant retryAt,
      boolean keptAway)
      implements ReservationEvent {}

  /** What was held is confirmed, in this entry's transaction. */
  record Confirmed(Payload state) implements ReservationEvent {}

  /** What was held is released, in this entry's transaction. */
  record Released(Payload state) implements ReservationEvent {}

  /** What was confirmed is reversed, in this entry's transaction. */
  record Reversed(Payload state) implements ReservationEvent {}

  /** The provider refunded. */
  record Refunded(int attempt, Evidence evidence) implements ReservationEvent {}

  /** The corrected reservation was told of the refund. */
  record Told() implements ReservationEvent {}

  /** Evidence that came after the end asks for a correction. */
  record LateFound(int number, Correction correction, Evidence evidence, Money amount)
      implements ReservationEvent {}

  /** The instance that corrects is started, or was before. */
  record CorrectionBegun(int number, String id) implements ReservationEvent {}

  /** The instance waits for a person. */
  record AttentionNeeded(@Nullable ReservationBreak broken, String reason)
      implements ReservationEvent {}

  /** A person ended it as it is. */
  record SetAside(String by, String reason) implements ReservationEvent {}

  /** An operator's verb was carried out. */
  record VerbApplied(int letter, Verb verb, String by, @Nullable String reason, Instant at)
      implements ReservationEvent {}

  /** A letter was turned down and nothing changed. */
  record LetterRefused(int letter, String kind, String by, String why)
      implements ReservationEvent {}

  /** Another worker took the instance over from one whose lease had ended. */
  record TakenOver() implements ReservationEvent {}

  /** A worker that is shutting down gave the instance back. */
  record HandedOver() implements ReservationEvent {}

  /** Why nobody wants it any more. */
  enum Cause {
    /** Somebody cancelled it. */
    CANCELLED,
    /** Its deadline passed. */
    DEADLINE
  }
}
