package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The machine's rules for attempts that failed. */
final class Failing {

  private static final double MIDDLE = 0.5;

  private static final String REFUND_FORGOTTEN =
      "a refund may have been done, and the provider may have forgotten its key, so that sending it"
          + " again could refund twice. Look there: supply REVERSED if it was done, say retry if"
          + " certainly not";

  private Failing() {}

  static void failed(ReservationTurn turn, ReservationStimulus.Failed failed) {
    if (!failed.action().equals(turn.state().doing)) {
      return;
    }
    turn.doing(null);
    if (!ReservationMachine.fits(turn.state(), failed.action())) {
      // What it was for is settled, so that its failure says nothing of what is done now.
      return;
    }
    switch (failed.action().task()) {
      case CALL -> call(turn, failed);
      case ASK -> ask(turn, failed);
      case HOLD -> hold(turn, failed);
      case VOID, REFUND, CORRECT, TELL ->
          again(turn, failed.action(), failed.failure(), turn.plan().ask(), failed.random());
      case CONFIRM, RELEASE, REVERSE ->
          again(turn, failed.action(), failed.failure(), turn.plan().local(), failed.random());
    }
  }

  /** Whatever is not certain is unknown, and never becomes a failure by itself. */
  private static void call(ReservationTurn turn, ReservationStimulus.Failed failed) {
    ReservationStimulus.Failure failure = failed.failure();
    boolean sent = failure.kind() != FailureKind.TRANSIENT;
    Instant retryAt =
        failure.counted()
            ? retryAt(turn, failure.notBefore(), failed.random())
            : turn.now().plus(wait(turn.plan().ask(), turn.state().attempt(), failed.random()));
    turn.emit(
        new ReservationEvent.CallFailed(
            failed.action().number(),
            failure.kind(),
            sent,
            failure.counted(),
            failure.message(),
            turn.now(),
            retryAt,
            Resolving.askAt(turn, 1, failed.random())));
  }

  /** Without a limit: nothing was sent, so waiting does no harm. */
  private static Duration wait(RetryPolicy policy, int attempts, double random) {
    return policy.unlimited().delay(attempts, Duration.ZERO, random).orElse(policy.cap());
  }

  static void neverSent(ReservationTurn turn, String why) {
    turn.emit(
        new ReservationEvent.CallFailed(
            turn.state().attempt(),
            FailureKind.TRANSIENT,
            false,
            false,
            why,
            turn.now(),
            turn.now(),
            null));
  }

  static void lost(ReservationTurn turn) {
    turn.emit(
        new ReservationEvent.CallLost(
            turn.state().attempt(),
            turn.now(),
            retryAt(turn, null, MIDDLE),
            Resolving.askAt(turn, 1, MIDDLE)));
  }

  /** When the call may be made again, or null if no attempt is left. */
  static @Nullable Instant retryAt(
      ReservationTurn turn, @Nullable Duration notBefore, double random) {
    return at(turn, turn.plan().retry(), Math.max(1, turn.state().counted), notBefore, random);
  }

  private static @Nullable Instant at(
      ReservationTurn turn,
      RetryPolicy policy,
      int attempts,
      @Nullable Duration notBefore,
      double random) {
    Instant since = Objects.requireNonNullElse(turn.state().failedSince, turn.now());
    return policy
        .delay(attempts, Duration.between(since, turn.now()), random)
        .map(wait -> notBefore != null && notBefore.compareTo(wait) > 0 ? notBefore : wait)
        .map(turn.now()::plus)
        .orElse(null);
  }

  private static void ask(ReservationTurn turn, ReservationStimulus.Failed failed) {
    int asked = turn.state().asks + 1;
    Instant next =
        failed.failure().counted()
            ? Resolving.askAt(turn, asked, failed.random())
            : turn.now().plus(wait(turn.plan().ask(), failed.action().number(), failed.random()));
    turn.emit(
        new ReservationEvent.Looked(
            failed.action().number(),
            null,
            failed.failure().message(),
            turn.now(),
            next,
            !failed.failure().counted()));
    if (next == null) {
      Resolving.exhausted(turn);
    }
  }

  private static void hold(ReservationTurn turn, ReservationStimulus.Failed failed) {
    ReservationStimulus.Failure failure = failed.failure();
    if (failure.kind() == FailureKind.REFUSED) {
      turn.emit(new ReservationEvent.HoldRefused(failure.message()));
    } else {
      again(turn, failed.action(), failure, turn.plan().local(), failed.random());
    }
  }

  static void again(ReservationTurn turn, ReservationAction action, String why, double random) {
    ReservationStimulus.Failure failure =
        new ReservationStimulus.Failure(FailureKind.TRANSIENT, true, why, null);
    again(turn, action, failure, turn.plan().ask(), random);
  }

  private static void again(
      ReservationTurn turn,
      ReservationAction action,
      ReservationStimulus.Failure failure,
      RetryPolicy policy,
      double random) {
    if (turn.state().isFinal() || !ReservationMachine.fits(turn.state(), action)) {
      return;
    }
    boolean hopeless =
        action.task().isLocal()
            && (failure.kind() == FailureKind.REFUSED || failure.kind() == FailureKind.UNEXPECTED);
    Instant next = hopeless ? null : at(turn, policy, action.number(), failure.notBefore(), random);
    if (!hopeless && !failure.counted()) {
      next = turn.now().plus(wait(policy, action.number(), random));
    }
    boolean forgets =
        next != null
            && action.task() == ReservationTask.REFUND
            && forgetsRefund(turn, next, failure.counted());
    next = forgets ? null : next;
    turn.emit(
        new ReservationEvent.AttemptFailed(
            action.task(),
            action.number(),
            failure.kind(),
            failure.message(),
            turn.now(),
            next,
            !failure.counted()));
    if (next == null) {
      turn.attention(
          forgets ? ReservationBreak.REFUND_UNKNOWN : null,
          forgets ? REFUND_FORGOTTEN : exhausted(action, failure));
    }
  }

  /** Refunding once more would refund twice if the provider may have forgotten the key. */
  private static boolean forgetsRefund(ReservationTurn turn, Instant next, boolean sent) {
    Instant first = sent ? turn.state().refundAt : turn.state().refundBefore;
    return first != null && turn.plan().mayForget(first, next);
  }

  /**
   * Whether the intent that was written is too old to be carried out. The first of all may take the
   * time of a call, however short the lifetime is: no key is known there before it.
   */
  static boolean isTooLateToRefund(ReservationPlan plan, ReservationState state, Instant now) {
    Instant first = state.refundAt;
    return first != null
        && plan.mayForget(first, now)
        && (state.refundBefore != null || now.isAfter(first.plus(plan.callTimeout())));
  }

  /** The intent is durable before anything is sent, so that whoever comes next knows of it. */
  static void refund(ReservationTurn turn) {
    if (!turn.isDue(turn.state().nextAt)) {
      return;
    }
    if (forgetsRefund(turn, turn.now(), true)) {
      turn.attention(ReservationBreak.REFUND_UNKNOWN, REFUND_FORGOTTEN);
      return;
    }
    int attempt = turn.state().attempts + 1;
    turn.emit(new ReservationEvent.RefundStarted(attempt, turn.now()));
    turn.act(ReservationTask.REFUND, attempt);
  }

  private static String exhausted(ReservationAction action, ReservationStimulus.Failure failure) {
    String task = action.task() == ReservationTask.VOID ? "voiding" : action.task().name();
    return task.toLowerCase(java.util.Locale.ROOT)
        + " failed "
        + action.number()
        + " times, last: "
        + failure.message()
        + ". What is held stays held; say retry when the reason is gone";
  }
}
