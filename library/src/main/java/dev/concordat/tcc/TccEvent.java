package dev.concordat.tcc;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One event in the journal of a transaction. The state of an instance is the fold of its events;
 * see {@link TccState}. Names and fields are what is on disk: they may be added to, never changed.
 */
public sealed interface TccEvent {

  /**
   * Accepted.
   *
   * @param transaction what all its branches are named by
   * @param deadline every branch must be tried by then
   * @param holdUntil what is tried must be held until then
   * @param branches in order
   * @param trace the starter's traceparent, or null
   */
  record Accepted(
      Payload input,
      UUID transaction,
      Instant deadline,
      Instant holdUntil,
      List<Branch> branches,
      @Nullable String trace)
      implements TccEvent {

    /** Copies the branches. */
    public Accepted {
      branches = List.copyOf(branches);
    }
  }

  /**
   * A branch, and what its participant is told; null for a branch in Concordat's own database. Made
   * once, so that try, confirm and cancel are told the same, to the byte, whatever definition runs
   * later.
   */
  record Branch(String name, @Nullable String body) {}

  /** The participant is about to be asked. Durable before the call, unless the branch is local. */
  record Sent(TccOperation operation, String branch, int attempt) implements TccEvent {}

  /** The participant did it. The result is null if it gave none. */
  record Done(TccOperation operation, String branch, int attempt, @Nullable String result)
      implements TccEvent {}

  /** A try is refused, for certain and for good. */
  record Refused(String branch, int attempt, TccAnswer.Code code, String reason)
      implements TccEvent {}

  /** There is no answer, or none to rely on; {@code retryAt} is null if it is not asked again. */
  record Failed(
      TccOperation operation,
      String branch,
      int attempt,
      FailureKind kind,
      String message,
      Instant at,
      @Nullable Instant retryAt)
      implements TccEvent {}

  /** The worker was lost while the participant was asked. */
  record Lost(TccOperation operation, String branch, int attempt) implements TccEvent {}

  /**
   * The decision: written once, before anybody is told, and never changed.
   *
   * @param decision confirm or cancel
   * @param branch whose try is why, or null
   */
  record Decided(TccOperation decision, Cause cause, @Nullable String branch, String reason)
      implements TccEvent {}

  /**
   * The participant says that what was decided cannot be: it did something else before, or no
   * longer holds what it held. Money may be wrong until a person has looked.
   */
  record Contradicted(
      TccOperation operation, String branch, int attempt, TccAnswer.Code code, String reason)
      implements TccEvent {}

  /** A person must look: at that branch, while others go on, or, if null, before anything does. */
  record AttentionNeeded(@Nullable String branch, String reason) implements TccEvent {}

  /** A person has settled the branch by hand. */
  record Settled(String branch, String reason) implements TccEvent {}

  /** An operator's verb was carried out. */
  record VerbApplied(
      int letter, Verb verb, @Nullable String branch, String by, @Nullable String reason)
      implements TccEvent {}

  /** A letter was turned down and nothing changed. */
  record LetterRefused(int letter, String kind, String by, String why) implements TccEvent {}

  /** Another worker took the instance over from one whose lease had ended. */
  record TakenOver() implements TccEvent {}

  /** A worker that is shutting down gave the instance back. */
  record HandedOver() implements TccEvent {}

  /** Every branch is confirmed, or settled by hand. */
  record Confirmed() implements TccEvent {}

  /** Every branch that may have been tried is cancelled, or settled by hand. */
  record Cancelled() implements TccEvent {}

  /** Why it was decided so. */
  enum Cause {
    /** Every branch is tried. */
    ALL_TRIED,
    /** A participant refused its try. */
    REFUSED,
    /** Every attempt at a try failed. */
    EXHAUSTED,
    /** The deadline passed. */
    DEADLINE,
    /** Somebody cancelled it. */
    CANCELLED
  }
}
