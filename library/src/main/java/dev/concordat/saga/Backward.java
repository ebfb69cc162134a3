package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaPlan.Undo;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The machine's rules for compensating. */
final class Backward {

  private Backward() {}

  /** Waits for what is in flight, then compensates one step after the other, last one first. */
  static void advance(SagaTurn turn) {
    if (turn.state().phase() == SagaState.Phase.HALTING) {
      Forward.giveUpWaiting(turn);
      if (turn.state().attention() != null || stillRunning(turn.state())) {
        return;
      }
      turn.emit(new SagaEvent.CompensationBegan());
    }
    List<String> completed = List.copyOf(turn.state().completed());
    for (int i = completed.size() - 1; i >= 0; i--) {
      if (!pass(turn, turn.step(completed.get(i)))) {
        return;
      }
    }
    turn.emit(new SagaEvent.Compensated());
  }

  private static boolean stillRunning(SagaState state) {
    return state.steps().values().stream()
        .anyMatch(step -> step.inFlight() || step.phase() == StepState.Phase.CHILD_RUNNING);
  }

  /** Moves one step back as far as it goes now; true if the one before it may be compensated. */
  private static boolean pass(SagaTurn turn, StepPlan step) {
    StepState now = turn.of(step.name());
    return switch (now.phase()) {
      case DONE, MAYBE_DONE, SKIPPED -> began(turn, step);
      case COMPENSATION_WAITING -> {
        if (turn.isDue(now.wakeAt())) {
          start(turn, step, now.attempts() + 1);
        }
        yield false;
      }
      case COMPENSATION_AWAITING_REPLY -> {
        if (turn.isDue(now.wakeAt())) {
          Commands.undoTimedOut(turn, step);
        }
        yield false;
      }
      case COMPENSATION_PARKED -> {
        turn.attention(step.name(), now.note() == null ? "parked" : now.note());
        yield false;
      }
      case COMPENSATED, UNCOMPENSATED -> true;
      default -> false;
    };
  }

  private static boolean began(SagaTurn turn, StepPlan step) {
    if (step.kind() == Kind.SLEEP || step.kind() == Kind.SIGNAL) {
      return true;
    }
    if (step.undo() != Undo.NONE) {
      start(turn, step, 1);
      return false;
    }
    turn.emit(new SagaEvent.CompensationSkipped(step.name(), step.undoReason()));
    return true;
  }

  private static void start(SagaTurn turn, StepPlan step, int attempt) {
    turn.emit(new SagaEvent.CompensationStarted(step.name(), attempt));
    turn.act(
        switch (step.undo()) {
          case LOCAL -> new SagaAction.CompensateLocal(step.name(), attempt);
          case COMMAND -> new SagaAction.SendCompensation(step.name(), attempt);
          case OUTSIDE, NONE -> new SagaAction.CompensateOutside(step.name(), attempt);
        });
  }

  static void compensated(SagaTurn turn, SagaStimulus.Compensated done) {
    StepState now = turn.of(done.step());
    boolean awaited =
        now.phase() == StepState.Phase.COMPENSATION_RUNNING
            || now.phase() == StepState.Phase.COMPENSATION_WAITING;
    if (awaited && now.attempts() == done.attempt()) {
      turn.emit(new SagaEvent.CompensationDone(done.step(), done.attempt()));
    }
  }

  static void failed(SagaTurn turn, SagaStimulus.CompensationFailed failed) {
    StepState now = turn.of(failed.step());
    if (now.phase() == StepState.Phase.COMPENSATION_RUNNING && now.attempts() == failed.attempt()) {
      failedNow(turn, failed);
    }
  }

  static void failedNow(SagaTurn turn, SagaStimulus.CompensationFailed failed) {
    FailureKind kind = failed.failure().kind();
    boolean mayHelp = kind == FailureKind.TRANSIENT || kind == FailureKind.UNKNOWN;
    Instant retryAt = mayHelp ? retryAt(turn, failed) : null;
    turn.emit(
        new SagaEvent.CompensationFailed(
            failed.step(),
            failed.attempt(),
            kind,
            failed.failure().message(),
            turn.now(),
            retryAt));
    if (retryAt == null) {
      turn.attention(
          failed.step(), "its compensation does not succeed: " + failed.failure().message());
    }
  }

  private static @Nullable Instant retryAt(SagaTurn turn, SagaStimulus.CompensationFailed failed) {
    StepPlan step = turn.step(failed.step());
    return Forward.delay(step.undoRetry(), turn.of(step.name()), turn.now(), failed.random())
        .map(wait -> Forward.longer(wait, failed.failure().notBefore()))
        .map(turn.now()::plus)
        .orElse(null);
  }

  /**
   * The worker was lost while compensating this step; compensating again is what its key is for.
   */
  static void lost(SagaTurn turn, String name) {
    StepPlan step = turn.step(name);
    turn.emit(new SagaEvent.AttemptLost(name, turn.of(name).attempts(), turn.of(name).maybeDone()));
    if (step.undo() == Undo.OUTSIDE
        && Forward.delay(step.undoRetry(), turn.of(name), turn.now(), 0).isEmpty()) {
      turn.attention(
          name, "its compensation was interrupted by a crash, and no attempt is left to it");
    }
  }
}
