package dev.concordat.reservation;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reservations in words. */
final class ReservationTelling {

  private ReservationTelling() {}

  static String step(ReservationEvent event) {
    return switch (event) {
      case ReservationEvent.Held e -> "hold";
      case ReservationEvent.HoldRefused e -> "hold";
      case ReservationEvent.CallStarted e -> "call";
      case ReservationEvent.CallAnswered e -> "call";
      case ReservationEvent.CallFailed e -> "call";
      case ReservationEvent.CallLost e -> "call";
      case ReservationEvent.KeyMisused e -> "call";
      case ReservationEvent.Looked e -> "status";
      case ReservationEvent.AskPaced e -> "status";
      case ReservationEvent.CheckAsked e -> "status";
      case ReservationEvent.VoidBegan e -> "void";
      case ReservationEvent.VoidAnswered e -> "void";
      case ReservationEvent.AttemptPaced e -> e.task().name().toLowerCase(Locale.ROOT);
      case ReservationEvent.AttemptFailed e -> e.task().name().toLowerCase(Locale.ROOT);
      case ReservationEvent.Confirmed e -> "confirm";
      case ReservationEvent.Released e -> "release";
      case ReservationEvent.Reversed e -> "reverse";
      case ReservationEvent.RefundStarted e -> "refund";
      case ReservationEvent.Refunded e -> "refund";
      case ReservationEvent.EvidenceFound e -> "evidence";
      case ReservationEvent.EvidenceRepeated e -> "evidence";
      case ReservationEvent.LateFound e -> "evidence";
      default -> "";
    };
  }

  static String text(ReservationEvent event) {
    return switch (event) {
      case ReservationEvent.ReservationStarted e ->
          "accepted" + (e.deadline() == null ? "" : ", deadline " + at(e.deadline()));
      case ReservationEvent.ReservationCorrectionStarted e ->
          "accepted, to correct '" + e.of() + "': " + e.correction().reason();
      case ReservationEvent.Held e -> "held " + e.amount();
      case ReservationEvent.HoldRefused e -> "refused: " + e.reason();
      case ReservationEvent.CallStarted e ->
          "attempt " + e.attempt() + " with key " + e.key() + ", request " + e.requestHash();
      case ReservationEvent.CallAnswered e -> "answered " + told(e.evidence());
      case ReservationEvent.CallFailed e -> failed(e);
      case ReservationEvent.CallLost e ->
          "attempt " + e.attempt() + " lost with its worker: nobody knows what it did";
      case ReservationEvent.KeyMisused e -> "the key is known with another request: " + e.detail();
      case ReservationEvent.Looked e -> looked(e);
      case ReservationEvent.AskPaced e -> "waits for its turn until " + at(e.askAt());
      case ReservationEvent.AttemptPaced e -> "waits for its turn until " + at(e.until());
      case ReservationEvent.RefundStarted e -> "attempt " + e.attempt() + " to refund";
      case ReservationEvent.CheckAsked e -> "somebody wants it asked now";
      case ReservationEvent.EvidenceFound e -> told(e.evidence());
      case ReservationEvent.EvidenceRepeated e -> "the same again from " + e.source();
      case ReservationEvent.Halted e -> e.cause() + ": " + e.reason();
      case ReservationEvent.VoidBegan e -> "to be voided: " + e.reason();
      case ReservationEvent.VoidAnswered e -> "answered " + told(e.evidence());
      case ReservationEvent.Decided e ->
          "decided to " + (e.confirm() ? "confirm" : "release") + ": " + e.reason();
      case ReservationEvent.AttemptFailed e ->
          "attempt " + e.attempt() + " failed: " + e.message() + again(e.retryAt());
      default -> ending(event);
    };
  }

  private static String ending(ReservationEvent event) {
    return switch (event) {
      case ReservationEvent.Confirmed e -> "confirmed";
      case ReservationEvent.Released e -> "released";
      case ReservationEvent.Reversed e -> "reversed what had been confirmed";
      case ReservationEvent.Refunded e -> "refunded, " + told(e.evidence());
      case ReservationEvent.Told e -> "told the reservation that it has refunded";
      case ReservationEvent.LateFound e ->
          "too late: " + e.correction().reason() + "; correction " + e.number() + " is due";
      case ReservationEvent.CorrectionBegun e -> "corrected by '" + e.id() + "'";
      case ReservationEvent.AttentionNeeded e ->
          (e.broken() == null ? "" : e.broken() + ": ") + e.reason();
      case ReservationEvent.SetAside e -> "set aside by " + e.by() + ": " + e.reason();
      case ReservationEvent.VerbApplied e ->
          e.verb() + " by " + e.by() + (e.reason() == null ? "" : ": " + e.reason());
      case ReservationEvent.LetterRefused e ->
          e.kind() + " by " + e.by() + " turned down: " + e.why();
      case ReservationEvent.TakenOver e -> "taken over from a worker that was lost";
      case ReservationEvent.HandedOver e -> "given back by a worker that was shutting down";
      default -> event.toString();
    };
  }

  private static String failed(ReservationEvent.CallFailed e) {
    String what =
        e.sent() ? "UNKNOWN: " : e.counted() ? "certainly not sent: " : "not sent, no attempt: ";
    return "attempt " + e.attempt() + " " + what + e.message();
  }

  private static String looked(ReservationEvent.Looked e) {
    return "asked, "
        + (e.evidence() == null ? "no answer: " + e.message() : told(e.evidence()))
        + again(e.askAt());
  }

  private static String again(@Nullable Instant next) {
    return next == null ? "" : "; again at " + at(next);
  }

  static String told(Evidence evidence) {
    return evidence.finding()
        + (evidence.amount() == null ? "" : " " + evidence.amount())
        + " from "
        + evidence.source()
        + (evidence.reference() == null ? "" : ", reference " + evidence.reference())
        + ": "
        + evidence.detail();
  }

  private static String at(Instant at) {
    return at.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  static String why(ReservationState state) {
    ReservationEvent.AttentionNeeded attention = state.attention;
    if (!state.isFinal() && attention != null) {
      return (attention.broken() == null ? "" : attention.broken() + ": ") + attention.reason();
    }
    if (state.paused && !state.isFinal()) {
      return "it is paused";
    }
    ReservationEvent.Halted halted = state.halted;
    return phase(state)
        + (halted == null || state.isFinal()
            ? ""
            : "; nobody wants it any more: " + halted.reason());
  }

  private static String phase(ReservationState state) {
    return switch (state.phase) {
      case NEW, HOLDING -> "nothing is held yet, and nobody was called";
      case CALLING -> "it is held, and attempt " + state.attempt() + " at the call is under way";
      case UNKNOWN ->
          state.maybeSent
              ? "it is held, and nobody knows yet what became of the call"
              : "it is held, and nothing was sent yet";
      case VOIDING -> "it is being voided at the provider";
      case CONFIRMING -> "the provider has done its part, and what is held is being confirmed";
      case RELEASING -> "nothing stands at the provider, and what is held is being released";
      case CONFIRMED -> "the provider has done its part, and what was held is confirmed";
      case RELEASED -> "nothing stood at the provider, and what was held is released";
      case NEVER_HELD -> "nothing was held, and nobody was called";
      case REFUNDING -> "the provider is being asked to refund";
      case TELLING -> "it is refunded, and the reservation is being told";
      case REVERSING -> "what was confirmed is being taken back";
      case BROKEN -> "a person must look";
      case CORRECTED -> "it is corrected";
      case SET_ASIDE -> "a person ended it as it is";
    };
  }

  static String next(ReservationState state) {
    if (state.isFinal()) {
      return state.uncorrected() > 0
          ? "a correction is started"
          : "nothing; evidence that comes late is still taken";
    }
    if (state.paused) {
      return "nothing, until somebody says resume";
    }
    if (state.attention != null) {
      return state.phase.isOpen()
          ? "evidence settles it, from wherever it comes; or say retry, supply DONE, REFUSED or"
              + " REVERSED, or skip with a reason"
          : "nothing, until somebody says retry, or skip with a reason";
    }
    Instant next = state.phase == ReservationState.Phase.UNKNOWN ? state.askAt : state.nextAt;
    return next == null ? "a worker goes on" : "a worker goes on at " + at(next);
  }
}
