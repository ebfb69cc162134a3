package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaPlan.Undo;
import dev.concordat.saga.SagaStimulus.Failure;
import dev.concordat.saga.SagaStimulus.Request;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The machine's rules for commands and their replies. All attempts at a step ask for the same under
 * one key, so a reply to any of them answers the step.
 */
final class Commands {

  // Commands that go unanswered were sent at different times, so their repeats are spread already.
  private static final double WHOLE_WAIT = 1;

  private Commands() {}

  static void sent(SagaTurn turn, SagaStimulus.Sent sent) {
    StepState now = turn.of(sent.step());
    StepPlan step = turn.step(sent.step());
    StepState.Phase sending =
        sent.compensating() ? StepState.Phase.COMPENSATION_RUNNING : StepState.Phase.RUNNING;
    if (now.phase() != sending || now.attempts() != sent.attempt()) {
      return;
    }
    turn.emit(
        sent.compensating()
            ? new SagaEvent.CompensationSent(
                sent.step(), sent.attempt(), turn.now().plus(step.undoTimeout()))
            : new SagaEvent.CommandSent(
                sent.step(), sent.attempt(), turn.now().plus(step.timeout())));
  }

  /** An attempt that is not sent has no effect; one that was answered as good as certainly has. */
  static boolean mayBeDone(StepState before) {
    return before.phase() == StepState.Phase.TAKING_REPLY || before.maybeDone();
  }

  static void timedOut(SagaTurn turn, StepPlan step) {
    StepState now = turn.of(step.name());
    Instant retryAt =
        Forward.delay(step.retry(), now, turn.now(), WHOLE_WAIT).map(turn.now()::plus).orElse(null);
    turn.emit(
        new SagaEvent.AttemptFailed(
            step.name(),
            now.attempts(),
            FailureKind.UNKNOWN,
            true,
            noReply(step.timeout()),
            turn.now(),
            retryAt));
    if (retryAt == null) {
      Forward.exhausted(turn, step, false);
    }
  }

  static void undoTimedOut(SagaTurn turn, StepPlan step) {
    undoFailed(turn, step, FailureKind.UNKNOWN, noReply(step.undoTimeout()));
  }

  private static String noReply(Duration within) {
    return "no reply within " + within;
  }

  private static void undoFailed(SagaTurn turn, StepPlan step, FailureKind kind, String why) {
    Backward.failedNow(
        turn,
        new SagaStimulus.CompensationFailed(
            turn.now(),
            step.name(),
            turn.of(step.name()).attempts(),
            new Failure(kind, why, null),
            WHOLE_WAIT));
  }

  static void replied(SagaTurn turn, int letter, Request.Replied reply) {
    String why = objection(turn, reply);
    if (why != null) {
      turn.emit(
          new SagaEvent.ReplyUnawaited(
              letter, reply.step(), reply.compensating(), reply.type(), why));
      turn.answer(letter, false, why);
      return;
    }
    turn.emit(reply.received(letter));
    turn.answer(letter, true, "the reply is in the journal");
    if (reply.compensating()) {
      undoReplied(turn, turn.step(reply.step()), reply);
    }
  }

  /** Why nothing waits for the reply, or null if something does. */
  private static @Nullable String objection(SagaTurn turn, Request.Replied reply) {
    StepPlan step = turn.plan().find(reply.step());
    if (turn.state().isFinal()) {
      return "it has ended " + turn.state().status();
    }
    if (step == null || !sendsCommand(step, reply.compensating())) {
      return "there is no such command";
    }
    StepState now = turn.of(reply.step());
    if (!awaits(now, reply.compensating())) {
      return "the step is " + now.phase();
    }
    return reply.refused() && reply.attempt() > 0 && reply.attempt() <= now.forgiven()
        ? "a person has asked again since that refusal"
        : null;
  }

  private static boolean sendsCommand(StepPlan step, boolean compensating) {
    return compensating ? step.undo() == Undo.COMMAND : step.kind() == Kind.COMMAND;
  }

  /** Also between two attempts, and while a person is to say what became of it. */
  private static boolean awaits(StepState step, boolean compensating) {
    return step.attempts() > 0
        && switch (step.phase()) {
          case RUNNING, AWAITING_REPLY, RETRY_WAITING, PARKED -> !compensating;
          case COMPENSATION_RUNNING,
              COMPENSATION_AWAITING_REPLY,
              COMPENSATION_WAITING,
              COMPENSATION_PARKED ->
              compensating;
          default -> false;
        };
  }

  private static void undoReplied(SagaTurn turn, StepPlan step, Request.Replied reply) {
    if (reply.refused()) {
      undoFailed(turn, step, FailureKind.REFUSED, String.valueOf(reply.reason()));
    } else {
      turn.emit(new SagaEvent.CompensationDone(step.name(), turn.of(step.name()).attempts()));
    }
  }

  /** Goes on with a reply that is in the journal. */
  static void take(SagaTurn turn, StepPlan step) {
    SagaEvent.ReplyReceived reply = turn.state().reply(step.name());
    int attempt = turn.of(step.name()).attempts();
    if (!reply.refused()) {
      turn.emit(new SagaEvent.ReplyTaken(step.name(), attempt));
      turn.act(new SagaAction.TakeReply(step.name(), attempt, reply));
    } else if (reply.lasting()) {
      Forward.refusedForGood(turn, step, attempt, String.valueOf(reply.reason()));
    } else {
      Forward.refused(turn, step, attempt, String.valueOf(reply.reason()));
    }
  }
}
