package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event in the journal of a saga. The state of an instance is the fold of its events; see
 * {@link SagaState}. Names and fields are what is on disk: they may be added to, never changed.
 */
public sealed interface SagaEvent {

  /** Something that happens on the way forward. */
  sealed interface OfStep extends SagaEvent {}

  /** Something that happens to the saga as a whole, or on the way back. */
  sealed interface OfSaga extends SagaEvent {}

  /**
   * Accepted. The deadline is null if there is none; {@code trace} is the starter's traceparent.
   */
  record Started(Payload input, @Nullable Instant deadline, @Nullable String trace)
      implements OfStep {}

  /**
   * An attempt at a step begins. For a step that calls outside, this is durable before the call.
   */
  record StepStarted(String step, int attempt) implements OfStep {}

  /**
   * The step is done. {@code state} is null where the step left the state as it was; {@code branch}
   * is null for a step outside parallel branches.
   */
  record StepDone(String step, int attempt, @Nullable String branch, @Nullable Payload state)
      implements OfStep {}

  /** The parallel branches ended, and their states were merged into this one. */
  record Joined(Payload state) implements OfStep {}

  /**
   * The step does not apply, or a person chose to go on without it. What may have happened all the
   * same is compensated should the saga turn back.
   */
  record StepSkipped(String step, String reason, boolean maybeDone) implements OfStep {}

  /** The business refused the step: it certainly has no effect. */
  record StepRefused(String step, int attempt, String reason) implements OfStep {}

  /**
   * An attempt failed. {@code mayBeDone} says whether the step may have taken effect all the same,
   * by this or an earlier attempt; {@code retryAt} is null if no further attempt is planned.
   */
  record AttemptFailed(
      String step,
      int attempt,
      FailureKind kind,
      boolean mayBeDone,
      String message,
      Instant at,
      @Nullable Instant retryAt)
      implements OfStep {}

  /** The worker was lost during an attempt at a step, or at its compensation. */
  record AttemptLost(String step, int attempt, boolean mayBeDone) implements OfStep {}

  /** Somebody asks the outside system whether an attempt with an unknown outcome took effect. */
  record LookUpStarted(String step, int attempt) implements OfStep {}

  /** No further attempt. If {@code maybeDone}, it may have taken effect and is compensated too. */
  record StepGivenUp(String step, boolean maybeDone, String reason) implements OfStep {}

  /** The instance sleeps in this step until then. */
  record Sleeping(String step, Instant until) implements OfStep {}

  /** The instance waits for a signal; {@code until} is null if it waits without limit. */
  record Awaiting(String step, String signal, @Nullable Instant until) implements OfStep {}

  /** A signal came. It is kept until a step awaits it. */
  record SignalReceived(int letter, String signal, Payload payload) implements OfStep {}

  /**
   * The step's command goes out with this entry; its reply is awaited until then. The attempt began
   * with it.
   */
  record CommandSent(String step, int attempt, Instant until) implements OfStep {}

  /**
   * The reply to a command of this step, or to that of its compensation, which was awaited.
   *
   * @param refused whether it says no
   * @param lasting whether that no goes for every attempt at the step
   * @param reason why it says no, or null if it does not
   * @param body what it says; bytes that are no text are in Base64
   */
  record ReplyReceived(
      int letter,
      String step,
      boolean compensating,
      String type,
      boolean refused,
      boolean lasting,
      @Nullable String reason,
      Map<String, String> headers,
      String body,
      boolean base64)
      implements OfStep {}

  /** The reply is handed to the step. */
  record ReplyTaken(String step, int attempt) implements OfStep {}

  /** A reply came that nothing waits for; nothing changed. */
  record ReplyUnawaited(int letter, String step, boolean compensating, String type, String why)
      implements OfStep {}

  /** A child saga is to be started by this step. */
  record ChildStarted(String step, int attempt) implements OfStep {}

  /** The step waits for its child again, after it had to wait for a person. */
  record ChildAwaited(String step, int attempt) implements OfStep {}

  /** A child wrote that it has ended. */
  record ChildReported(int letter) implements OfStep {}

  /** From here on only backward: no further step starts, and what is done is compensated. */
  record Halted(Cause cause, @Nullable String step, String reason) implements OfSaga {}

  /** No step is running any more, and compensation begins. */
  record CompensationBegan() implements OfSaga {}

  /** An attempt at compensating a step begins. */
  record CompensationStarted(String step, int attempt) implements OfSaga {}

  /** The command that compensates goes out with this entry; its reply is awaited until then. */
  record CompensationSent(String step, int attempt, Instant until) implements OfSaga {}

  /** The step is compensated. */
  record CompensationDone(String step, int attempt) implements OfSaga {}

  /** An attempt at compensating failed. */
  record CompensationFailed(
      String step,
      int attempt,
      FailureKind kind,
      String message,
      Instant at,
      @Nullable Instant retryAt)
      implements OfSaga {}

  /** The step is left uncompensated, for the reason its author or an operator gave. */
  record CompensationSkipped(String step, String reason) implements OfSaga {}

  /** The instance waits for a person. */
  record AttentionNeeded(@Nullable String step, String reason) implements OfSaga {}

  /** An operator's verb was carried out. */
  record VerbApplied(
      int letter, Verb verb, @Nullable String step, String by, @Nullable String reason)
      implements OfSaga {}

  /** A letter was turned down and nothing changed. */
  record LetterRefused(int letter, String kind, String by, String why) implements OfSaga {}

  /** Another worker took the instance over from one whose lease had ended. */
  record TakenOver() implements OfSaga {}

  /** A worker that is shutting down gave the instance back. */
  record HandedOver() implements OfSaga {}

  /** Every step is done. */
  record Completed() implements OfSaga {}

  /** Everything done is compensated. */
  record Compensated() implements OfSaga {}

  /** Why a saga turned back. */
  enum Cause {
    /** The business refused a step. */
    REFUSED,
    /** Every attempt at a step failed. */
    EXHAUSTED,
    /** Somebody cancelled it. */
    CANCELLED,
    /** Its deadline passed. */
    DEADLINE,
    /** An unforeseen error, in a saga declared to compensate then. */
    UNEXPECTED
  }
}
