package dev.concordat.saga;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Events in words. */
final class Telling {

  private Telling() {}

  static String step(SagaEvent event) {
    String step =
        switch (event) {
          case SagaEvent.StepStarted e -> e.step();
          case SagaEvent.StepDone e -> e.step();
          case SagaEvent.StepSkipped e -> e.step();
          case SagaEvent.StepRefused e -> e.step();
          case SagaEvent.AttemptFailed e -> e.step();
          case SagaEvent.AttemptLost e -> e.step();
          case SagaEvent.LookUpStarted e -> e.step();
          case SagaEvent.StepGivenUp e -> e.step();
          case SagaEvent.Sleeping e -> e.step();
          case SagaEvent.Awaiting e -> e.step();
          case SagaEvent.CommandSent e -> e.step();
          case SagaEvent.ReplyReceived e -> e.step();
          case SagaEvent.ReplyTaken e -> e.step();
          case SagaEvent.ReplyUnawaited e -> e.step();
          case SagaEvent.ChildStarted e -> e.step();
          case SagaEvent.ChildAwaited e -> e.step();
          case SagaEvent.CompensationStarted e -> e.step();
          case SagaEvent.CompensationSent e -> e.step();
          case SagaEvent.CompensationDone e -> e.step();
          case SagaEvent.CompensationFailed e -> e.step();
          case SagaEvent.CompensationSkipped e -> e.step();
          case SagaEvent.Halted e -> e.step();
          case SagaEvent.AttentionNeeded e -> e.step();
          case SagaEvent.VerbApplied e -> e.step();
          case SagaEvent.Started e -> null;
          case SagaEvent.Joined e -> null;
          case SagaEvent.SignalReceived e -> null;
          case SagaEvent.ChildReported e -> null;
          case SagaEvent.CompensationBegan e -> null;
          case SagaEvent.LetterRefused e -> null;
          case SagaEvent.TakenOver e -> null;
          case SagaEvent.HandedOver e -> null;
          case SagaEvent.Completed e -> null;
          case SagaEvent.Compensated e -> null;
        };
    return step == null ? "" : step;
  }

  static String text(SagaEvent event) {
    return switch (event) {
      case SagaEvent.Started e ->
          "accepted" + (e.deadline() == null ? "" : ", deadline " + at(e.deadline()));
      case SagaEvent.StepStarted e -> "attempt " + e.attempt() + " begins";
      case SagaEvent.StepDone e -> "done" + (e.attempt() > 1 ? " at attempt " + e.attempt() : "");
      case SagaEvent.Joined e -> "branches merged";
      case SagaEvent.StepSkipped e -> "skipped: " + e.reason();
      case SagaEvent.StepRefused e -> "refused: " + e.reason();
      case SagaEvent.AttemptFailed e ->
          "attempt "
              + e.attempt()
              + " failed, "
              + kind(e)
              + ": "
              + e.message()
              + retry(e.retryAt());
      case SagaEvent.AttemptLost e -> "attempt " + e.attempt() + " lost with its worker";
      case SagaEvent.LookUpStarted e -> "asking what became of it";
      case SagaEvent.StepGivenUp e ->
          "given up, " + (e.maybeDone() ? "may have happened: " : "did not happen: ") + e.reason();
      case SagaEvent.Sleeping e -> "sleeps until " + at(e.until());
      case SagaEvent.Awaiting e ->
          "waits for signal '"
              + e.signal()
              + "'"
              + (e.until() == null ? "" : " until " + at(e.until()));
      case SagaEvent.SignalReceived e -> "signal '" + e.signal() + "' received";
      case SagaEvent.CommandSent e -> "command of attempt " + e.attempt() + " sent" + by(e.until());
      case SagaEvent.ReplyReceived e ->
          "reply " + e.type() + " received" + (e.refused() ? ", which refuses: " + e.reason() : "");
      case SagaEvent.ReplyTaken e -> "taking the reply";
      case SagaEvent.ReplyUnawaited e ->
          "reply " + e.type() + " came, and nothing waits for it: " + e.why();
      case SagaEvent.ChildStarted e -> "child saga started";
      case SagaEvent.ChildAwaited e -> "waits for its child saga again";
      case SagaEvent.ChildReported e -> "a child reported its end";
      case SagaEvent.Halted e -> "turned back (" + e.cause() + "): " + e.reason();
      case SagaEvent.CompensationBegan e -> "compensation begins";
      case SagaEvent.CompensationStarted e -> "compensating, attempt " + e.attempt();
      case SagaEvent.CompensationSent e -> "command that compensates sent" + by(e.until());
      case SagaEvent.CompensationDone e -> "compensated";
      case SagaEvent.CompensationFailed e ->
          "compensation failed: " + e.message() + retry(e.retryAt());
      case SagaEvent.CompensationSkipped e -> "not compensated: " + e.reason();
      case SagaEvent.AttentionNeeded e -> "needs attention: " + e.reason();
      case SagaEvent.VerbApplied e ->
          e.verb() + " by " + e.by() + (e.reason() == null ? "" : ": " + e.reason());
      case SagaEvent.LetterRefused e -> e.kind() + " by " + e.by() + " refused: " + e.why();
      case SagaEvent.TakenOver e -> "taken over by another worker";
      case SagaEvent.HandedOver e -> "handed over by a worker that shut down";
      case SagaEvent.Completed e -> "completed";
      case SagaEvent.Compensated e -> "compensated";
    };
  }

  private static String kind(SagaEvent.AttemptFailed event) {
    return switch (event.kind()) {
      case REFUSED -> "refused";
      case TRANSIENT -> "did not happen";
      case UNKNOWN -> "outcome unknown";
      case UNEXPECTED -> "unforeseen";
    };
  }

  private static String by(Instant until) {
    return "; its reply is awaited until " + at(until);
  }

  private static String retry(@Nullable Instant at) {
    return at == null ? "" : "; next attempt " + at(at);
  }

  /** Nobody reads microseconds. */
  static Instant at(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS);
  }
}
