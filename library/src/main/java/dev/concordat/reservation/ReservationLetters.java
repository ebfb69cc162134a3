package dev.concordat.reservation;

import dev.concordat.core.Verb;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationState.Phase;
import dev.concordat.reservation.ReservationStimulus.Request;
import org.jspecify.annotations.Nullable;

/** The machine's rules for letters: evidence, and what operators ask. */
final class ReservationLetters {

  private ReservationLetters() {}

  /** Takes a letter up if it is its turn; one that comes too early waits in the mailbox. */
  static void take(ReservationTurn turn, ReservationStimulus.Letter letter) {
    if (letter.letter() != turn.state().lettersTaken + 1) {
      return;
    }
    int number = letter.letter();
    switch (letter.request()) {
      case Request.Says says -> says(turn, number, says.evidence());
      case Request.Check check -> check(turn, number);
      case Request.Operate verb -> operate(turn, number, verb);
      case Request.Unreadable bad -> refuse(turn, number, bad.kind(), "unknown", bad.why());
    }
  }

  /** Evidence is taken at any time, and for ever. */
  private static void says(ReservationTurn turn, int letter, Evidence evidence) {
    if (turn.state().findings.knows(evidence)) {
      turn.emit(new ReservationEvent.EvidenceRepeated(letter, evidence.source(), evidence.event()));
      turn.answer(letter, true, "it was known already");
      return;
    }
    found(turn, letter, evidence, null);
    turn.answer(letter, true, "it is in the journal");
  }

  private static void found(
      ReservationTurn turn, int letter, Evidence evidence, @Nullable String by) {
    turn.emit(new ReservationEvent.EvidenceFound(letter, evidence, by));
    boolean moved = evidence.finding() == Finding.DONE || evidence.finding() == Finding.REVERSED;
    if (turn.state().phase == Phase.REFUNDING && moved) {
      Settling.refundedOrPart(turn, 0, evidence);
    }
  }

  private static void check(ReservationTurn turn, int letter) {
    if (turn.state().isFinal()) {
      refuse(turn, letter, "CHECK", "reconciliation", ended(turn));
    } else {
      turn.emit(new ReservationEvent.CheckAsked(letter, turn.now()));
      turn.answer(letter, true, "asking");
    }
  }

  private static void operate(ReservationTurn turn, int letter, Request.Operate asked) {
    String why = turn.state().isFinal() ? ended(turn) : objection(turn.state(), asked);
    if (why != null) {
      refuse(turn, letter, asked.verb().name(), asked.by(), why);
      return;
    }
    turn.emit(
        new ReservationEvent.VerbApplied(
            letter, asked.verb(), asked.by(), asked.reason(), turn.now()));
    turn.answer(letter, true, carryOut(turn, letter, asked));
  }

  private static @Nullable String objection(ReservationState state, Request.Operate asked) {
    return switch (asked.verb()) {
      case PAUSE -> state.paused ? "it is paused already" : null;
      case RESUME -> state.paused ? null : "it is not paused";
      case CANCEL -> ReservationMachine.canHalt(state) ? null : cancelObjection(state);
      case RETRY ->
          state.doing == null ? null : "an attempt is under way; ask again when it has ended";
      case SKIP ->
          state.attention == null
              ? "it does not wait for a person"
              : state.doing != null ? "an attempt is under way" : reasonless(asked);
      case SUPPLY -> supplyObjection(state, asked.evidence());
      case FORWARD -> "a reservation has no way forward but its call's outcome: supply that";
    };
  }

  private static @Nullable String reasonless(Request.Operate asked) {
    return asked.reason() == null || asked.reason().isBlank() ? "skipping needs a reason" : null;
  }

  private static String cancelObjection(ReservationState state) {
    return state.halted != null
        ? "it is cancelled, or past its deadline, already"
        : "it is decided already, and what follows from it is being done";
  }

  private static @Nullable String supplyObjection(
      ReservationState state, @Nullable Evidence evidence) {
    if (!state.phase.isOpen() && state.phase != Phase.REFUNDING) {
      return "it is not waiting to hear what became of its call";
    }
    if (evidence == null) {
      return "there is no finding in the request";
    }
    return switch (evidence.finding()) {
      case DONE, REFUSED, REVERSED -> null;
      case PENDING, NOT_FOUND -> "that settles nothing: supply DONE, REFUSED or REVERSED";
    };
  }

  private static String carryOut(ReservationTurn turn, int letter, Request.Operate asked) {
    Verb verb = asked.verb();
    return switch (verb) {
      case PAUSE -> "paused: nothing new starts until it is resumed";
      case RESUME -> "resumed";
      case RETRY -> "trying again";
      case CANCEL -> cancel(turn, asked);
      case SKIP -> {
        String reason = asked.reason() == null ? "" : asked.reason();
        turn.emit(new ReservationEvent.SetAside(asked.by(), reason));
        yield "set aside: it ends as it is";
      }
      case SUPPLY -> {
        if (asked.evidence() != null) {
          found(turn, letter, asked.evidence(), asked.by());
        }
        yield "took it as a person's evidence";
      }
      case FORWARD -> "nothing to do";
    };
  }

  private static String cancel(ReservationTurn turn, Request.Operate asked) {
    String reason = asked.reason() == null ? "no reason given" : asked.reason();
    turn.emit(
        new ReservationEvent.Halted(
            ReservationEvent.Cause.CANCELLED, "cancelled by " + asked.by() + ": " + reason));
    return turn.state().phase == Phase.HOLDING
        ? "cancelled: nothing will be held"
        : "cancelled: what became of the call is found out first";
  }

  private static void refuse(ReservationTurn turn, int letter, String kind, String by, String why) {
    turn.emit(new ReservationEvent.LetterRefused(letter, kind, by, why));
    turn.answer(letter, false, why);
  }

  private static String ended(ReservationTurn turn) {
    return "it has ended " + turn.state().phase;
  }
}
