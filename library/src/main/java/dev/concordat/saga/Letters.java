package dev.concordat.saga;

import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import dev.concordat.saga.SagaPlan.Role;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaPlan.Undo;
import dev.concordat.saga.SagaStimulus.Request;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The machine's rules for letters: signals, what operators ask, and news of children. */
final class Letters {

  private Letters() {}

  /**
   * Takes a letter up if it is its turn. Letters may be handed over twice, or in another order than
   * they were posted in: one that comes too early still waits in the mailbox and comes again.
   */
  static void take(SagaTurn turn, SagaStimulus.Letter letter) {
    if (letter.letter() != turn.state().lettersTaken() + 1) {
      return;
    }
    switch (letter.request()) {
      case Request.Signal signal -> signal(turn, letter.letter(), signal);
      case Request.Operate verb -> operate(turn, letter.letter(), verb);
      case Request.ChildNews news -> childNews(turn, letter.letter());
      case Request.Replied reply -> Commands.replied(turn, letter.letter(), reply);
      case Request.Unreadable bad ->
          refuse(turn, letter.letter(), bad.kind(), "unknown", bad.why());
    }
  }

  private static void signal(SagaTurn turn, int letter, Request.Signal signal) {
    if (turn.state().isFinal()) {
      refuse(turn, letter, "SIGNAL", signal.name(), ended(turn));
      return;
    }
    turn.emit(new SagaEvent.SignalReceived(letter, signal.name(), signal.payload()));
    turn.answer(letter, true, "signal '" + signal.name() + "' is in the journal");
  }

  private static void childNews(SagaTurn turn, int letter) {
    turn.emit(new SagaEvent.ChildReported(letter));
    turn.answer(letter, true, "looking at the child");
    for (Map.Entry<String, StepState> entry : turn.state().steps().entrySet()) {
      if (entry.getValue().phase() == StepState.Phase.CHILD_RUNNING) {
        turn.act(new SagaAction.CheckChild(entry.getKey(), entry.getValue().attempts()));
      }
    }
  }

  private static void operate(SagaTurn turn, int letter, Request.Operate asked) {
    String why = turn.state().isFinal() ? ended(turn) : objection(turn, asked);
    if (why != null) {
      refuse(turn, letter, asked.verb().name(), asked.by(), why);
      return;
    }
    String step = subject(turn, asked.verb());
    turn.emit(new SagaEvent.VerbApplied(letter, asked.verb(), step, asked.by(), asked.reason()));
    turn.answer(letter, true, carryOut(turn, asked, step));
  }

  /** Why the verb cannot be carried out as things stand, or null if it can. */
  private static @Nullable String objection(SagaTurn turn, Request.Operate asked) {
    SagaState state = turn.state();
    String unknown = SagaMachine.unknownStep(turn);
    if (unknown != null && (asked.verb() == Verb.CANCEL || asked.verb() == Verb.FORWARD)) {
      return unknown;
    }
    return switch (asked.verb()) {
      case PAUSE -> state.paused() ? "it is paused already" : null;
      case RESUME -> state.paused() ? null : "it is not paused";
      case CANCEL -> cancelObjection(turn);
      case RETRY ->
          subject(turn, Verb.RETRY) == null && state.attention() == null
              ? "nothing of it failed or waits for another attempt"
              : null;
      case SKIP -> parkedStep(state) == null ? "no step of it waits for a person" : null;
      case SUPPLY -> supplyObjection(state, asked.result());
      case FORWARD -> forwardObjection(turn);
    };
  }

  private static @Nullable String cancelObjection(SagaTurn turn) {
    SagaState state = turn.state();
    if (state.phase() != SagaState.Phase.FORWARD) {
      return "it is being compensated already";
    }
    if (SagaMachine.canTurnBack(turn.plan(), state)) {
      return null;
    }
    StepPlan pivot =
        turn.plan().allSteps().stream()
            .filter(s -> s.role() == Role.PIVOT)
            .findFirst()
            .orElse(null);
    String name = pivot == null ? "pivot" : pivot.name();
    return pivot != null && turn.of(name).passed()
        ? "its pivot '" + name + "' is done, and after the pivot there is only forward"
        : "its pivot '"
            + name
            + "' is under way and may succeed; ask again when its outcome is known";
  }

  private static @Nullable String supplyObjection(SagaState state, @Nullable Payload result) {
    String step = parkedStep(state);
    if (step == null) {
      return "no step of it waits for a person";
    }
    if (state.of(step).goingBack()) {
      return "the compensation of '" + step + "' has no result to supply; retry or skip it";
    }
    return result == null ? "there is no result in the request" : null;
  }

  private static @Nullable String forwardObjection(SagaTurn turn) {
    SagaState state = turn.state();
    if (state.phase() == SagaState.Phase.FORWARD) {
      return "it is going forward; if a step of it waits for a person, say retry, skip or supply";
    }
    if (state.anyCompensated()) {
      return "steps have been compensated already, so going forward would leave them out";
    }
    for (Map.Entry<String, StepState> entry : state.steps().entrySet()) {
      StepState step = entry.getValue();
      if (step.phase() == StepState.Phase.COMPENSATION_RUNNING
          || step.phase() == StepState.Phase.COMPENSATION_AWAITING_REPLY) {
        return "'" + entry.getKey() + "' is being compensated; ask again when that has an outcome";
      }
      if (step.maybeUndone() && turn.step(entry.getKey()).undo() != Undo.LOCAL) {
        return "'"
            + entry.getKey()
            + "' may be compensated already, and nobody can say; going forward would leave it out";
      }
    }
    return null;
  }

  private static @Nullable String parkedStep(SagaState state) {
    SagaEvent.AttentionNeeded attention = state.attention();
    return attention == null ? null : attention.step();
  }

  private static @Nullable String subject(SagaTurn turn, Verb verb) {
    String parked = parkedStep(turn.state());
    if (parked != null || verb != Verb.RETRY) {
      return parked;
    }
    for (Map.Entry<String, StepState> entry : turn.state().steps().entrySet()) {
      StepState.Phase phase = entry.getValue().phase();
      if (phase == StepState.Phase.RETRY_WAITING || phase == StepState.Phase.COMPENSATION_WAITING) {
        return entry.getKey();
      }
    }
    return null;
  }

  private static String carryOut(SagaTurn turn, Request.Operate asked, @Nullable String step) {
    return switch (asked.verb()) {
      case PAUSE -> "paused: nothing new starts until it is resumed";
      case RESUME -> "resumed";
      case RETRY -> step == null ? "trying again" : "trying '" + step + "' again";
      case FORWARD -> "going forward again";
      case CANCEL -> {
        String reason = asked.reason() == null ? "no reason given" : asked.reason();
        Forward.halt(
            turn, SagaEvent.Cause.CANCELLED, null, "cancelled by " + asked.by() + ": " + reason);
        yield "cancelled: what is done will be compensated";
      }
      case SKIP -> skip(turn, asked, step);
      case SUPPLY -> supply(turn, asked, step);
    };
  }

  private static String skip(SagaTurn turn, Request.Operate asked, @Nullable String step) {
    if (step == null) {
      return "nothing to skip";
    }
    String reason = "skipped by " + asked.by() + ": " + asked.reason();
    boolean back = turn.of(step).goingBack();
    turn.emit(
        back
            ? new SagaEvent.CompensationSkipped(step, reason)
            : new SagaEvent.StepSkipped(step, reason, turn.of(step).maybeDone()));
    if (back) {
      return "'" + step + "' stays uncompensated";
    }
    return "going on without '"
        + step
        + "'"
        + (turn.of(step).maybeDone()
            ? "; it may have happened, and is compensated if the saga turns back"
            : "");
  }

  private static String supply(SagaTurn turn, Request.Operate asked, @Nullable String step) {
    if (step == null) {
      return "nothing to supply";
    }
    turn.emit(
        new SagaEvent.StepDone(
            step, turn.of(step).attempts(), turn.plan().branchOf(step), asked.result()));
    return "took the result as that of '" + step + "'";
  }

  private static void refuse(SagaTurn turn, int letter, String kind, String by, String why) {
    turn.emit(new SagaEvent.LetterRefused(letter, kind, by, why));
    turn.answer(letter, false, why);
  }

  private static String ended(SagaTurn turn) {
    return "it has ended " + turn.state().status();
  }
}
