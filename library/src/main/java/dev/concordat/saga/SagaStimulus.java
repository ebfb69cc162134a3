package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can happen to an instance. Carries everything that is not pure: time and chance. */
sealed interface SagaStimulus {

  /** When it happened. */
  Instant now();

  /** The instance is accepted. */
  record Begin(Instant now, Payload input, @Nullable String trace) implements SagaStimulus {}

  /**
   * A worker folded the journal; whatever was running is lost, but for the steps that are alive in
   * this very worker.
   */
  record Opened(Instant now, Set<String> alive) implements SagaStimulus {
    Opened(Instant now) {
      this(now, Set.of());
    }
  }

  /** Time has passed. */
  record Tick(Instant now) implements SagaStimulus {}

  /** User code said whether a step applies and, for a sleep, until when. */
  record Evaluated(Instant now, String step, boolean applies, @Nullable Instant until)
      implements SagaStimulus {}

  /** Steps are done: one, or several local ones that share a commit. */
  record Succeeded(Instant now, int attempt, List<StepResult> results) implements SagaStimulus {}

  /** A command of that step, or of its compensation, goes out. */
  record Sent(Instant now, String step, int attempt, boolean compensating)
      implements SagaStimulus {}

  /** An attempt at a step, or at looking up what became of one, failed. */
  record Failed(Instant now, String step, int attempt, Failure failure, double random)
      implements SagaStimulus {}

  /** The branches of that parallel node were merged. */
  record Merged(Instant now, int node, Payload state) implements SagaStimulus {}

  /** A step is compensated. */
  record Compensated(Instant now, String step, int attempt) implements SagaStimulus {}

  /** An attempt at compensating failed. */
  record CompensationFailed(Instant now, String step, int attempt, Failure failure, double random)
      implements SagaStimulus {}

  /** What became of the child of a step. The payload is null unless it completed. */
  record ChildEnded(
      Instant now, String step, boolean completed, @Nullable Payload state, String why)
      implements SagaStimulus {}

  /** A letter is taken up. */
  record Letter(Instant now, int letter, Request request) implements SagaStimulus {}

  /** The instance cannot go on here, for a reason that a person must remove. */
  record Stuck(Instant now, @Nullable String step, String reason) implements SagaStimulus {}

  /** A step's result; {@code state} is null where it left the state as it was. */
  record StepResult(String step, boolean skipped, @Nullable Payload state) {}

  /** How an attempt failed; {@code notBefore} is how long the other side asked us to wait. */
  record Failure(FailureKind kind, String message, @Nullable Duration notBefore) {

    /** The same, saying in which of several steps that share an attempt it happened. */
    Failure in(String step) {
      return new Failure(kind, "in '" + step + "': " + message, notBefore);
    }
  }

  /** What a letter asks. */
  sealed interface Request {
    record Signal(String name, Payload payload) implements Request {}

    record Operate(Verb verb, String by, @Nullable String reason, @Nullable Payload result)
        implements Request {}

    /** The reply to a command of that attempt, or 0 if it does not say of which. */
    record Replied(
        String step,
        int attempt,
        boolean compensating,
        String type,
        boolean refused,
        boolean lasting,
        @Nullable String reason,
        Map<String, String> headers,
        String body,
        boolean base64)
        implements Request {

      SagaEvent.ReplyReceived received(int letter) {
        return new SagaEvent.ReplyReceived(
            letter, step, compensating, type, refused, lasting, reason, headers, body, base64);
      }
    }

    /** A child has ended; look which. */
    record ChildNews() implements Request {}

    /** The letter cannot be read. */
    record Unreadable(String kind, String why) implements Request {}
  }
}
