package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationPlan.Can;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The machine's rules for as long as nobody knows what became of the call. */
final class Unknown {

  private static final String FORGOTTEN =
      "the provider may have forgotten the key by now, so that its answer no longer tells whether"
          + " the call took effect: a callback, a settlement file or a person must tell";

  private Unknown() {}

  /** Whether who was asked then by the call's key may have forgotten that key. */
  static boolean isForgotten(ReservationTurn turn, Instant askedAt) {
    Instant first = turn.state().firstCallAt;
    return first != null
        && turn.plan().keyLifetime().isPresent()
        && !askedAt.isBefore(first.plus(turn.plan().keyLifetime().get()));
  }

  /** A void by a forgotten key says nothing about the charge. */
  static void forgotten(ReservationTurn turn, ReservationAction action, String detail) {
    turn.emit(
        new ReservationEvent.AttemptFailed(
            action.task(), action.number(), FailureKind.UNKNOWN, detail, turn.now(), null, false));
    turn.attention(ReservationBreak.NOBODY_TO_ASK, FORGOTTEN);
  }

  /** What comes next, and when. */
  record Next(What what, @Nullable Instant at) {
    enum What {
      CALL,
      ASK,
      VOID,
      /** Certainly nothing happened. */
      RELEASE,
      /** Nobody can be asked. */
      STUCK
    }
  }

  static Next next(ReservationPlan plan, ReservationState state, Instant now) {
    boolean mayCall = mayCall(plan, state, now);
    if (!state.maybeSent) {
      return mayCall ? new Next(Next.What.CALL, state.retryAt) : new Next(Next.What.RELEASE, now);
    }
    if (plan.has(Can.ASK)) {
      return state.looked == Finding.NOT_FOUND && mayCall
          ? new Next(Next.What.CALL, state.retryAt)
          : new Next(Next.What.ASK, state.askAt == null ? now : state.askAt);
    }
    if (mayCall && state.looked != Finding.PENDING) {
      return new Next(Next.What.CALL, state.retryAt);
    }
    return new Next(plan.has(Can.VOID) ? Next.What.VOID : Next.What.STUCK, now);
  }

  /** Never again once nobody wants it, or the provider may have forgotten the key. */
  private static boolean mayCall(ReservationPlan plan, ReservationState state, Instant now) {
    Instant at = state.retryAt;
    Instant first = state.firstCallAt;
    if (at == null || first == null || state.halted != null) {
      return false;
    }
    Instant then = at.isAfter(now) ? at : now;
    return plan.keyLifetime().isEmpty()
        || !state.maybeSent
        || !plan.arrivesUntil(then).isAfter(first.plus(plan.keyLifetime().get()));
  }

  static void advance(ReservationTurn turn) {
    Next next = next(turn.plan(), turn.state(), turn.now());
    if (!turn.isDue(next.at())) {
      return;
    }
    switch (next.what()) {
      case CALL -> Holding.callAgain(turn);
      case ASK -> turn.act(ReservationTask.ASK, turn.state().queries + 1);
      case VOID -> {
        voiding(turn, "nobody can be asked how it stands");
        ReservationMachine.next(turn, ReservationTask.VOID);
      }
      case RELEASE -> {
        turn.emit(new ReservationEvent.Decided(false, neverSent(turn.state())));
        ReservationMachine.next(turn, ReservationTask.RELEASE);
      }
      case STUCK ->
          turn.attention(
              ReservationBreak.NOBODY_TO_ASK,
              "nobody can be asked whether the call took effect, and it is not made again: a"
                  + " callback, a settlement file or a person must tell");
    }
  }

  private static String neverSent(ReservationState state) {
    ReservationEvent.Halted halted = state.halted;
    return "certainly nothing was sent"
        + (halted == null ? ", and no attempt is left" : ": " + halted.reason());
  }

  static void voiding(ReservationTurn turn, String reason) {
    turn.emit(new ReservationEvent.VoidBegan(reason, turn.now()));
  }

  /** "Not found" counts if it was asked long enough after the last attempt, and none follows. */
  static void notFound(ReservationTurn turn, Instant askedAt) {
    ReservationState state = turn.state();
    Instant from = state.quietFrom;
    Instant quiet = from == null ? askedAt : from.plus(turn.plan().quiescence());
    if (askedAt.isBefore(quiet) || mayCall(turn.plan(), state, turn.now())) {
      return;
    }
    if (isForgotten(turn, askedAt)) {
      turn.attention(ReservationBreak.NOBODY_TO_ASK, FORGOTTEN);
      return;
    }
    String reason = "not found at the provider, asked at " + askedAt;
    if (turn.plan().has(Can.VOID)) {
      voiding(turn, reason);
    } else {
      turn.emit(new ReservationEvent.Decided(false, reason));
    }
  }
}
