package dev.concordat.saga;

import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.Role;
import dev.concordat.saga.SagaPlan.StepPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a saga does next: pure, without clock, chance or I/O. The protocol is that of Garcia-Molina
 * and Salem, "Sagas" (SIGMOD 1987), with the pivot and retriable transactions of Mehrotra et al.,
 * "A transaction model for multidatabase systems" (ICDCS 1992).
 *
 * <p>Forward until a step is refused or given up, the deadline passes or somebody cancels; then no
 * step starts any more, those in flight come to an end, and what took effect or may have is
 * compensated, last one first. After the pivot there is only forward.
 */
final class SagaMachine {

  /** How many workers may die over an instance without progress before a person must look. */
  static final int MAX_CRASHES = 10;

  /** How often a waiting parent looks at its child by itself, should the child's letter be lost. */
  static final Duration CHILD_CHECK = Duration.ofSeconds(15);

  private SagaMachine() {}

  /** Decides what follows from {@code stimulus}; stimuli that come too late change nothing. */
  static SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
    SagaTurn turn = new SagaTurn(plan, state, stimulus.now());
    boolean begins = stimulus instanceof SagaStimulus.Begin;
    boolean begun = state.phase() != SagaState.Phase.NEW;
    if (begins == begun || (state.isFinal() && !(stimulus instanceof SagaStimulus.Letter))) {
      return turn.end();
    }
    take(turn, stimulus);
    advance(turn);
    return turn.end();
  }

  private static void take(SagaTurn turn, SagaStimulus stimulus) {
    switch (stimulus) {
      case SagaStimulus.Begin s -> begin(turn, s);
      case SagaStimulus.Opened s -> opened(turn, s.alive());
      case SagaStimulus.Tick s -> tick(turn);
      case SagaStimulus.Evaluated s -> Forward.evaluated(turn, s);
      case SagaStimulus.Succeeded s -> Forward.succeeded(turn, s);
      case SagaStimulus.Failed s -> Forward.failed(turn, s);
      case SagaStimulus.Sent s -> Commands.sent(turn, s);
      case SagaStimulus.Merged s -> Forward.merged(turn, s);
      case SagaStimulus.Compensated s -> Backward.compensated(turn, s);
      case SagaStimulus.CompensationFailed s -> Backward.failed(turn, s);
      case SagaStimulus.ChildEnded s -> Forward.childEnded(turn, s);
      case SagaStimulus.Letter s -> Letters.take(turn, s);
      case SagaStimulus.Stuck s -> stuck(turn, s);
    }
  }

  private static void advance(SagaTurn turn) {
    checkSteps(turn);
    if (mayGoOn(turn.state()) && turn.state().phase() == SagaState.Phase.FORWARD) {
      Forward.advance(turn);
    }
    // Going forward may just have turned the saga back.
    if (mayGoOn(turn.state()) && turn.state().phase() != SagaState.Phase.FORWARD) {
      Backward.advance(turn);
    }
  }

  private static boolean mayGoOn(SagaState state) {
    return !state.isFinal() && !state.paused() && state.attention() == null;
  }

  private static void begin(SagaTurn turn, SagaStimulus.Begin begin) {
    Instant deadline = turn.plan().deadline().map(begin.now()::plus).orElse(null);
    turn.emit(new SagaEvent.Started(begin.input(), deadline, begin.trace()));
  }

  /** Whatever the journal says is in flight ran in a worker that is no more. */
  private static void opened(SagaTurn turn, Set<String> alive) {
    if (turn.state().crashes() >= MAX_CRASHES && turn.state().attention() == null) {
      turn.attention(
          null,
          MAX_CRASHES
              + " workers were lost over this instance without progress: it may be what"
              + " kills them. Nothing runs until somebody says retry.");
    }
    checkSteps(turn);
    for (Map.Entry<String, StepState> entry : turn.state().steps().entrySet()) {
      String step = entry.getKey();
      StepState now = entry.getValue();
      if (turn.plan().find(step) == null || alive.contains(step)) {
        continue;
      }
      if (now.goingBack() && now.inFlight()) {
        Backward.lost(turn, step);
      } else if (now.inFlight()) {
        Forward.lost(turn, step);
      } else if (now.phase() == StepState.Phase.CHILD_RUNNING) {
        Forward.reopenChild(turn, step);
      }
    }
  }

  /** An instance of another definition of the same name and version must not go on with this. */
  private static void checkSteps(SagaTurn turn) {
    String objection = unknownStep(turn);
    if (objection != null && mayGoOn(turn.state())) {
      turn.attention(null, objection);
    }
  }

  /** What is wrong if the journal has a step that the plan does not have, or null. */
  static @Nullable String unknownStep(SagaTurn turn) {
    for (String step : turn.state().steps().keySet()) {
      if (turn.plan().find(step) == null) {
        return "the journal has a step '"
            + step
            + "' which "
            + turn.plan().label()
            + " does not have"
            + " here: deploy the definition the instance began with, then say retry.";
      }
    }
    return null;
  }

  /** A condition is asked for more than once; after the first answer the others count no more. */
  private static void stuck(SagaTurn turn, SagaStimulus.Stuck stuck) {
    String step = stuck.step();
    boolean awaited =
        step == null
            || switch (turn.of(step).phase()) {
              case FRESH -> turn.state().phase() == SagaState.Phase.FORWARD;
              case CHILD_RUNNING -> true;
              default -> false;
            };
    if (awaited) {
      turn.attention(step, stuck.reason());
    }
  }

  private static void tick(SagaTurn turn) {
    SagaState state = turn.state();
    if (state.paused() || state.attention() != null) {
      return;
    }
    Instant deadline = state.deadline();
    if (deadline != null && turn.isDue(deadline) && canTurnBack(turn.plan(), state)) {
      Forward.halt(turn, SagaEvent.Cause.DEADLINE, null, "the deadline " + deadline + " passed");
    }
    for (Map.Entry<String, StepState> entry : state.steps().entrySet()) {
      if (entry.getValue().phase() == StepState.Phase.CHILD_RUNNING) {
        turn.act(new SagaAction.CheckChild(entry.getKey(), entry.getValue().attempts()));
      }
    }
  }

  /** Whether the saga is going forward and its pivot has certainly not happened. */
  static boolean canTurnBack(SagaPlan plan, SagaState state) {
    if (state.phase() != SagaState.Phase.FORWARD) {
      return false;
    }
    for (StepPlan step : plan.allSteps()) {
      if (step.role() == Role.PIVOT) {
        StepState pivot = state.of(step.name());
        return switch (pivot.phase()) {
          case FRESH -> !isFusedWithWhatRuns(plan, state, step);
          case SLEEPING, AWAITING -> true;
          case RETRY_WAITING, PARKED -> !pivot.maybeDone();
          default -> false;
        };
      }
    }
    return true;
  }

  private static boolean isFusedWithWhatRuns(SagaPlan plan, SagaState state, StepPlan pivot) {
    return plan.fused()
        && pivot.kind() == Kind.LOCAL
        && state.steps().entrySet().stream()
            .filter(entry -> entry.getValue().phase() == StepState.Phase.RUNNING)
            .filter(entry -> isLocal(plan.find(entry.getKey())))
            .anyMatch(entry -> Forward.group(plan, state, entry.getKey()).contains(pivot.name()));
  }

  private static boolean isLocal(@Nullable StepPlan step) {
    return step != null && step.kind() == Kind.LOCAL;
  }

  /** When the instance wants to be looked at next without being asked, or null for never. */
  static @Nullable Instant wakeAt(SagaPlan plan, SagaState state, Instant now) {
    if (state.isFinal() || state.paused() || state.attention() != null) {
      return null;
    }
    Instant next = canTurnBack(plan, state) ? state.deadline() : null;
    for (Map.Entry<String, StepState> entry : state.steps().entrySet()) {
      next = earlier(next, wakeAt(entry.getValue(), now));
    }
    return next;
  }

  private static @Nullable Instant wakeAt(StepState step, Instant now) {
    return switch (step.phase()) {
      case RETRY_WAITING,
          SLEEPING,
          AWAITING,
          AWAITING_REPLY,
          COMPENSATION_AWAITING_REPLY,
          COMPENSATION_WAITING ->
          step.wakeAt();
      case CHILD_RUNNING -> now.plus(CHILD_CHECK);
      default -> null;
    };
  }

  private static @Nullable Instant earlier(@Nullable Instant a, @Nullable Instant b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.isBefore(b) ? a : b;
  }

  /**
   * Whether an event may wait and be written together with the next local step: losing it in a
   * crash costs nothing but deciding again.
   */
  static boolean rides(SagaPlan plan, SagaEvent event) {
    return switch (event) {
      case SagaEvent.StepStarted e -> runsInside(plan, e.step());
      case SagaEvent.ReplyTaken e -> true;
      case SagaEvent.CompensationStarted e -> plan.step(e.step()).undo() != SagaPlan.Undo.OUTSIDE;
      case SagaEvent.StepSkipped e -> true;
      case SagaEvent.StepRefused e -> true;
      case SagaEvent.Joined e -> true;
      case SagaEvent.Halted e -> e.cause() == SagaEvent.Cause.REFUSED;
      case SagaEvent.CompensationBegan e -> true;
      case SagaEvent.CompensationSkipped e -> true;
      default -> false;
    };
  }

  private static boolean runsInside(SagaPlan plan, String step) {
    Kind kind = plan.step(step).kind();
    return kind == Kind.LOCAL || kind == Kind.SIGNAL || kind == Kind.COMMAND;
  }
}
