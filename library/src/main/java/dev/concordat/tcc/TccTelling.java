package dev.concordat.tcc;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Events in words. */
final class TccTelling {

  private TccTelling() {}

  static String branch(TccEvent event) {
    String branch =
        switch (event) {
          case TccEvent.Sent e -> e.branch();
          case TccEvent.Done e -> e.branch();
          case TccEvent.Refused e -> e.branch();
          case TccEvent.Failed e -> e.branch();
          case TccEvent.Lost e -> e.branch();
          case TccEvent.Decided e -> e.branch();
          case TccEvent.Contradicted e -> e.branch();
          case TccEvent.AttentionNeeded e -> e.branch();
          case TccEvent.Settled e -> e.branch();
          case TccEvent.VerbApplied e -> e.branch();
          case TccEvent.Accepted e -> null;
          case TccEvent.LetterRefused e -> null;
          case TccEvent.TakenOver e -> null;
          case TccEvent.HandedOver e -> null;
          case TccEvent.Confirmed e -> null;
          case TccEvent.Cancelled e -> null;
        };
    return branch == null ? "" : branch;
  }

  static String text(TccEvent event) {
    return switch (event) {
      case TccEvent.Accepted e ->
          "accepted as " + e.transaction() + ", to be tried by " + at(e.deadline());
      case TccEvent.Sent e -> word(e.operation()) + " begins, attempt " + e.attempt();
      case TccEvent.Done e ->
          switch (e.operation()) {
            case TRY -> "tried: it holds what it needs";
            case CONFIRM -> "confirmed";
            case CANCEL -> "cancelled";
          };
      case TccEvent.Refused e -> "refused to try (" + e.code() + "): " + e.reason();
      case TccEvent.Failed e ->
          word(e.operation())
              + ", attempt "
              + e.attempt()
              + ", has no answer: "
              + e.message()
              + retry(e.retryAt());
      case TccEvent.Lost e ->
          word(e.operation()) + ", attempt " + e.attempt() + ", lost with its worker";
      case TccEvent.Decided e -> "decided: " + decided(e) + why(e);
      case TccEvent.Contradicted e -> "against the decision: " + e.reason();
      case TccEvent.AttentionNeeded e -> "needs attention: " + e.reason();
      case TccEvent.Settled e -> e.reason();
      case TccEvent.VerbApplied e ->
          e.verb() + " by " + e.by() + (e.reason() == null ? "" : ": " + e.reason());
      case TccEvent.LetterRefused e -> e.kind() + " by " + e.by() + " refused: " + e.why();
      case TccEvent.TakenOver e -> "taken over by another worker";
      case TccEvent.HandedOver e -> "handed over by a worker that shut down";
      case TccEvent.Confirmed e -> "confirmed";
      case TccEvent.Cancelled e -> "cancelled";
    };
  }

  private static String decided(TccEvent.Decided event) {
    return event.decision() == TccOperation.CONFIRM
        ? "all are confirmed, for "
        : "all are cancelled, for ";
  }

  /** Why it was decided so. */
  static String why(TccEvent.Decided event) {
    return (event.branch() == null ? "" : "'" + event.branch() + "': ") + event.reason();
  }

  static String word(TccOperation operation) {
    return operation.name().toLowerCase(Locale.ROOT);
  }

  private static String retry(@Nullable Instant at) {
    return at == null ? "" : "; next attempt " + at(at);
  }

  /** Nobody reads microseconds. */
  static Instant at(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS);
  }
}
