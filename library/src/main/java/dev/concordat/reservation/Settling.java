package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.reservation.Evidence.Finding;

/** The machine's rules for what ends a reservation or a correction. */
final class Settling {

  private Settling() {}

  static void done(ReservationTurn turn, ReservationStimulus.LocalDone done) {
    if (!done.action().equals(turn.state().doing)) {
      return;
    }
    turn.doing(null);
    switch (done.action().task()) {
      case CONFIRM -> turn.emit(new ReservationEvent.Confirmed(done.state()));
      case RELEASE -> turn.emit(new ReservationEvent.Released(done.state()));
      case REVERSE -> turn.emit(new ReservationEvent.Reversed(done.state()));
      case HOLD, CALL, ASK, VOID, CORRECT, REFUND, TELL ->
          throw new IllegalStateException(done.action() + " is not settled so");
    }
  }

  static void passed(ReservationTurn turn, ReservationStimulus.Passed passed) {
    if (!passed.action().equals(turn.state().doing)) {
      return;
    }
    turn.doing(null);
    turn.emit(
        passed.action().task() == ReservationTask.TELL
            ? new ReservationEvent.Told()
            : new ReservationEvent.CorrectionBegun(passed.action().number(), passed.id()));
  }

  static void refunded(ReservationTurn turn, ReservationStimulus.Answered said, Evidence evidence) {
    switch (evidence.finding()) {
      case DONE, REVERSED -> refundedOrPart(turn, said.action().number(), evidence);
      case PENDING, NOT_FOUND -> Failing.again(turn, said.action(), said.detail(), said.random());
      case REFUSED -> notRefunded(turn, said);
    }
  }

  private static void notRefunded(ReservationTurn turn, ReservationStimulus.Answered said) {
    if (!ReservationMachine.fits(turn.state(), said.action())) {
      // It is back already, as somebody said in the meantime.
      return;
    }
    turn.emit(
        new ReservationEvent.AttemptFailed(
            said.action().task(),
            said.action().number(),
            FailureKind.REFUSED,
            said.detail(),
            turn.now(),
            null,
            false));
    turn.attention(
        ReservationBreak.REFUND_REFUSED,
        "the provider does not refund: "
            + said.detail()
            + ". The customer is charged, and nothing is held or confirmed for it");
  }

  /** Less or more than what was to go back does not put it right. */
  static void refundedOrPart(ReservationTurn turn, int attempt, Evidence evidence) {
    Money wanted = turn.state().amount();
    Money moved = evidence.amount();
    if (moved == null || moved.equals(wanted) || evidence.source() == Evidence.Source.PERSON) {
      refunded(turn, attempt, evidence);
      return;
    }
    Evidence part = Resolving.as(evidence, Finding.REVERSED);
    if (attempt > 0 && !turn.state().findings.knows(part)) {
      turn.emit(new ReservationEvent.EvidenceFound(0, part, null));
    }
    turn.attention(
        ReservationBreak.AMOUNT_DIFFERS,
        wanted
            + " was to be refunded, and "
            + moved
            + " was. Refund what is missing there, then supply REVERSED");
  }

  private static void refunded(ReservationTurn turn, int attempt, Evidence evidence) {
    turn.emit(new ReservationEvent.Refunded(attempt, Resolving.as(evidence, Finding.REVERSED)));
  }
}
