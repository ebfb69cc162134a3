package dev.concordat.reservation;

import java.time.Instant;

/** The machine's rules for holding, and for the intent of a call. */
final class Holding {

  private Holding() {}

  static void advance(ReservationTurn turn) {
    ReservationEvent.Halted halted = turn.state().halted;
    if (halted != null) {
      turn.emit(new ReservationEvent.HoldRefused("nothing was held: " + halted.reason()));
    } else {
      ReservationMachine.next(turn, ReservationTask.HOLD);
    }
  }

  /** What is held and the intent of the first call become durable together. */
  static void held(ReservationTurn turn, ReservationStimulus.Held held) {
    ReservationAction action = new ReservationAction(ReservationTask.HOLD, held.attempt());
    if (!action.equals(turn.state().doing)) {
      return;
    }
    turn.doing(null);
    turn.emit(new ReservationEvent.Held(held.state(), held.amount()));
    if (turn.state().halted != null) {
      return;
    }
    intend(turn, held.intent());
    if (turn.state().paused) {
      // It is known to have never gone out.
      Failing.neverSent(turn, "it was paused before the call");
    } else {
      turn.act(ReservationTask.CALL, 1);
    }
  }

  private static void intend(ReservationTurn turn, ReservationStimulus.Intent intent) {
    Instant now = turn.now();
    turn.emit(
        new ReservationEvent.CallStarted(
            turn.state().attempt() + 1,
            intent.key(),
            intent.requestHash(),
            now,
            now.plus(turn.plan().callTimeout())));
  }

  /** Another attempt: the same key, the same request, and its intent durable before it. */
  static void callAgain(ReservationTurn turn) {
    ReservationEvent.CallStarted before = turn.state().call;
    if (before != null) {
      intend(turn, new ReservationStimulus.Intent(before.key(), before.requestHash()));
      turn.act(ReservationTask.CALL, turn.state().attempt());
    }
  }
}
