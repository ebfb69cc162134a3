package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.RetryPolicy;
import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.Node;
import dev.concordat.saga.SagaPlan.Parallel;
import dev.concordat.saga.SagaPlan.Role;
import dev.concordat.saga.SagaPlan.Single;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaStimulus.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The machine's rules for going forward, and for turning back. */
final class Forward {

  private Forward() {}

  /** Starts every step that may start now; completes the saga when none is left. */
  static void advance(SagaTurn turn) {
    for (int i = 0; i < turn.plan().nodes().size(); i++) {
      Node node = turn.plan().nodes().get(i);
      boolean passed =
          switch (node) {
            case Single single -> pass(turn, single.step());
            case Parallel parallel -> pass(turn, i, parallel);
          };
      if (!passed) {
        return;
      }
    }
    turn.emit(new SagaEvent.Completed());
  }

  private static boolean pass(SagaTurn turn, int node, Parallel parallel) {
    boolean all = true;
    for (SagaPlan.Branch branch : parallel.branches()) {
      all &= passBranch(turn, branch.steps());
      if (turn.state().phase() != SagaState.Phase.FORWARD) {
        return false;
      }
    }
    if (all && isUnmerged(turn, node)) {
      turn.act(new SagaAction.Merge(node));
      return false;
    }
    return all;
  }

  private static boolean isUnmerged(SagaTurn turn, int node) {
    return turn.state().branchData().keySet().stream().anyMatch(b -> b.startsWith(node + "/"));
  }

  /** Merging may be asked for twice; what comes too late knows nothing of what happened since. */
  static void merged(SagaTurn turn, SagaStimulus.Merged merged) {
    boolean awaited =
        turn.state().phase() == SagaState.Phase.FORWARD
            && isUnmerged(turn, merged.node())
            && SagaPlan.steps(turn.plan().nodes().get(merged.node())).stream()
                .allMatch(step -> turn.of(step.name()).passed());
    if (awaited) {
      turn.emit(new SagaEvent.Joined(merged.state()));
    }
  }

  private static boolean passBranch(SagaTurn turn, List<StepPlan> steps) {
    for (StepPlan step : steps) {
      if (!pass(turn, step)) {
        return false;
      }
    }
    return true;
  }

  /** Moves one step on as far as it goes now; true if the next one may begin. */
  private static boolean pass(SagaTurn turn, StepPlan step) {
    StepState now = turn.of(step.name());
    switch (now.phase()) {
      case FRESH -> {
        if (step.evaluated()) {
          turn.act(new SagaAction.Evaluate(step.name()));
        } else {
          start(turn, step);
        }
      }
      case RETRY_WAITING -> {
        if (turn.isDue(now.wakeAt())) {
          again(turn, step);
        }
      }
      case SLEEPING -> {
        if (turn.isDue(now.wakeAt())) {
          turn.emit(new SagaEvent.StepDone(step.name(), 1, branch(turn, step), null));
        }
      }
      case AWAITING -> awaiting(turn, step);
      case AWAITING_REPLY -> {
        if (turn.isDue(now.wakeAt())) {
          Commands.timedOut(turn, step);
        }
      }
      case REPLIED -> Commands.take(turn, step);
      case PARKED -> turn.attention(step.name(), now.note() == null ? "parked" : now.note());
      default -> {}
    }
    return turn.of(step.name()).passed();
  }

  private static @Nullable String branch(SagaTurn turn, StepPlan step) {
    return turn.plan().branchOf(step.name());
  }

  private static void start(SagaTurn turn, StepPlan step) {
    int attempt = turn.of(step.name()).attempts() + 1;
    switch (step.kind()) {
      case LOCAL -> {
        turn.emit(new SagaEvent.StepStarted(step.name(), attempt));
        List<String> group = group(turn.plan(), turn.state(), step.name());
        turn.act(new SagaAction.RunLocal(group, attempt));
      }
      case OUTSIDE -> {
        turn.emit(new SagaEvent.StepStarted(step.name(), attempt));
        turn.act(new SagaAction.RunOutside(step.name(), attempt));
      }
      case COMMAND -> {
        turn.emit(new SagaEvent.StepStarted(step.name(), attempt));
        turn.act(new SagaAction.SendCommand(step.name(), attempt));
      }
      case CHILD -> {
        turn.emit(new SagaEvent.ChildStarted(step.name(), attempt));
        turn.act(new SagaAction.StartChild(step.name(), attempt));
      }
      case SLEEP -> turn.emit(new SagaEvent.Sleeping(step.name(), after(turn, step.waits())));
      case SIGNAL -> {
        Instant until = step.waits() == null ? null : after(turn, step.waits());
        String signal = step.signal() == null ? step.name() : step.signal();
        turn.emit(new SagaEvent.Awaiting(step.name(), signal, until));
        awaiting(turn, step);
      }
    }
  }

  private static Instant after(SagaTurn turn, @Nullable Duration wait) {
    return turn.now().plus(wait == null ? Duration.ZERO : wait);
  }

  /** The local steps that run in one transaction with {@code first}, which is their head. */
  static List<String> group(SagaPlan plan, SagaState state, String first) {
    List<String> group = new ArrayList<>(List.of(first));
    if (!plan.fused() || plan.branchOf(first) != null) {
      return group;
    }
    List<Node> nodes = plan.nodes();
    for (int i = plan.nodeOf(first) + 1; i < nodes.size(); i++) {
      if (!(nodes.get(i) instanceof Single next)
          || next.step().kind() != Kind.LOCAL
          || next.step().evaluated()
          || state.of(next.step().name()).phase() != StepState.Phase.FRESH) {
        return group;
      }
      group.add(next.step().name());
    }
    return group;
  }

  /** Another attempt; if an earlier one may have taken effect, first ask, where one can ask. */
  private static void again(SagaTurn turn, StepPlan step) {
    if (step.lookup() && turn.of(step.name()).maybeDone()) {
      lookUp(turn, step);
    } else if (step.kind() == Kind.CHILD) {
      turn.emit(new SagaEvent.ChildAwaited(step.name(), turn.of(step.name()).attempts()));
      reopenChild(turn, step.name());
    } else {
      start(turn, step);
    }
  }

  private static void lookUp(SagaTurn turn, StepPlan step) {
    int attempt = turn.of(step.name()).attempts() + 1;
    turn.emit(new SagaEvent.LookUpStarted(step.name(), attempt));
    turn.act(new SagaAction.LookUp(step.name(), attempt));
  }

  private static void awaiting(SagaTurn turn, StepPlan step) {
    StepState now = turn.of(step.name());
    Payload payload = turn.state().signal(step.signal() == null ? step.name() : step.signal());
    if (payload != null) {
      int attempt = now.attempts() + 1;
      turn.emit(new SagaEvent.StepStarted(step.name(), attempt));
      turn.act(new SagaAction.TakeSignal(step.name(), attempt, payload));
    } else if (now.wakeAt() != null && turn.isDue(now.wakeAt())) {
      signalMissed(turn, step);
    }
  }

  private static void signalMissed(SagaTurn turn, StepPlan step) {
    String why = "signal '" + step.signal() + "' did not come within " + step.waits();
    if (step.elseGoOn()) {
      turn.emit(new SagaEvent.StepSkipped(step.name(), why, false));
    } else {
      refused(turn, step, 1, why);
    }
  }

  static void evaluated(SagaTurn turn, SagaStimulus.Evaluated said) {
    if (turn.of(said.step()).phase() != StepState.Phase.FRESH
        || turn.state().phase() != SagaState.Phase.FORWARD
        || turn.state().paused()
        || turn.state().attention() != null) {
      return;
    }
    if (!said.applies()) {
      turn.emit(new SagaEvent.StepSkipped(said.step(), "its condition does not hold", false));
    } else if (said.until() != null) {
      turn.emit(new SagaEvent.Sleeping(said.step(), said.until()));
    } else {
      start(turn, turn.step(said.step()));
    }
  }

  static void succeeded(SagaTurn turn, SagaStimulus.Succeeded success) {
    String head = success.results().get(0).step();
    if (!awaits(turn.of(head), success.attempt())) {
      return;
    }
    for (SagaStimulus.StepResult result : success.results()) {
      if (result.skipped()) {
        turn.emit(new SagaEvent.StepSkipped(result.step(), "its condition does not hold", false));
      } else {
        turn.emit(
            new SagaEvent.StepDone(
                result.step(),
                success.attempt(),
                turn.plan().branchOf(result.step()),
                result.state()));
      }
    }
  }

  /**
   * A success that comes after its time limit, but before anything else was tried, still counts.
   */
  private static boolean awaits(StepState step, int attempt) {
    return step.attempts() == attempt
        && switch (step.phase()) {
          case RUNNING, LOOKING_UP, TAKING_REPLY, RETRY_WAITING -> true;
          default -> false;
        };
  }

  static void failed(SagaTurn turn, SagaStimulus.Failed failed) {
    StepPlan step = turn.step(failed.step());
    StepState before = turn.of(failed.step());
    boolean asking = before.phase() == StepState.Phase.LOOKING_UP;
    boolean under = before.phase() == StepState.Phase.RUNNING;
    boolean taking = before.phase() == StepState.Phase.TAKING_REPLY;
    if (before.attempts() != failed.attempt() || !(asking || under || taking)) {
      return;
    }
    if (failed.failure().kind() == FailureKind.REFUSED && taking) {
      refusedAfterDoubt(turn, step, failed.attempt(), failed.failure().message());
      return;
    }
    if (failed.failure().kind() == FailureKind.REFUSED && !asking) {
      refused(turn, step, failed.attempt(), failed.failure().message());
      return;
    }
    Instant retryAt = retryAt(turn, step, failed);
    turn.emit(
        new SagaEvent.AttemptFailed(
            step.name(),
            failed.attempt(),
            asking && failed.failure().kind() == FailureKind.REFUSED
                ? FailureKind.TRANSIENT
                : failed.failure().kind(),
            mayBeDone(step, before, failed.failure()),
            failed.failure().message(),
            turn.now(),
            retryAt));
    if (failed.failure().kind() == FailureKind.UNEXPECTED
        && turn.state().phase() == SagaState.Phase.FORWARD
        && (turn.plan().parkUnexpected()
            || step.role() == Role.PIVOT
            || isForwardOnly(turn, step))) {
      turn.attention(step.name(), "an unforeseen error: " + failed.failure().message());
    } else if (retryAt == null || turn.state().phase() != SagaState.Phase.FORWARD) {
      exhausted(turn, step, asking, cause(failed.failure().kind()));
    }
  }

  private static SagaEvent.Cause cause(FailureKind kind) {
    return kind == FailureKind.UNEXPECTED ? SagaEvent.Cause.UNEXPECTED : SagaEvent.Cause.EXHAUSTED;
  }

  /** A look-up that says no speaks for every earlier attempt, since all had the same key. */
  private static boolean mayBeDone(StepPlan step, StepState before, Failure failure) {
    if (step.kind() == Kind.COMMAND) {
      return Commands.mayBeDone(before);
    }
    if (step.kind() != Kind.OUTSIDE) {
      return false;
    }
    return switch (failure.kind()) {
      case REFUSED -> false;
      case TRANSIENT -> before.maybeDone();
      case UNKNOWN, UNEXPECTED -> true;
    };
  }

  private static @Nullable Instant retryAt(
      SagaTurn turn, StepPlan step, SagaStimulus.Failed failed) {
    if (failed.failure().kind() == FailureKind.UNEXPECTED) {
      return null;
    }
    Optional<Duration> delay =
        delay(step.retry(), turn.of(step.name()), turn.now(), failed.random());
    Duration asked = failed.failure().notBefore();
    return delay.map(wait -> longer(wait, asked)).map(turn.now()::plus).orElse(null);
  }

  static Duration longer(Duration wait, @Nullable Duration asked) {
    return asked != null && asked.compareTo(wait) > 0 ? asked : wait;
  }

  static Optional<Duration> delay(RetryPolicy policy, StepState step, Instant now, double random) {
    Instant first = step.firstFailure();
    Duration since = first == null ? Duration.ZERO : Duration.between(first, now);
    return policy.delay(step.counted(), since, random);
  }

  /** After the pivot there is only forward, also for steps that merely wait. */
  private static boolean isForwardOnly(SagaTurn turn, StepPlan step) {
    return turn.state().phase() == SagaState.Phase.FORWARD
        && (step.role() == Role.RETRIABLE
            || turn.plan().allSteps().stream()
                .anyMatch(s -> s.role() == Role.PIVOT && turn.of(s.name()).passed()));
  }

  static void refused(SagaTurn turn, StepPlan step, int attempt, String reason) {
    if (turn.of(step.name()).maybeDone() && !isForwardOnly(turn, step)) {
      refusedAfterDoubt(turn, step, attempt, reason);
    } else {
      refusedForGood(turn, step, attempt, reason);
    }
  }

  /** No attempt has an effect. */
  static void refusedForGood(SagaTurn turn, StepPlan step, int attempt, String reason) {
    if (isForwardOnly(turn, step)) {
      turn.attention(step.name(), "refused after the pivot: " + reason);
      return;
    }
    turn.emit(new SagaEvent.StepRefused(step.name(), attempt, reason));
    if (turn.state().phase() == SagaState.Phase.FORWARD) {
      halt(turn, SagaEvent.Cause.REFUSED, step.name(), reason);
    }
  }

  /**
   * This attempt has no effect, but an earlier one may have, or still be on its way: a no to a
   * second request says nothing about the first. Or what was done is not what the saga wants.
   */
  private static void refusedAfterDoubt(SagaTurn turn, StepPlan step, int attempt, String reason) {
    turn.emit(
        new SagaEvent.AttemptFailed(
            step.name(), attempt, FailureKind.REFUSED, true, reason, turn.now(), null));
    exhausted(turn, step, false, SagaEvent.Cause.REFUSED);
  }

  static void exhausted(SagaTurn turn, StepPlan step, boolean asked) {
    exhausted(turn, step, asked, SagaEvent.Cause.EXHAUSTED);
  }

  /** No attempt is left, or none is wanted because the saga has turned back. */
  private static void exhausted(
      SagaTurn turn, StepPlan step, boolean asked, SagaEvent.Cause cause) {
    StepState now = turn.of(step.name());
    String why = now.note() == null ? "every attempt failed" : now.note();
    boolean forward = turn.state().phase() == SagaState.Phase.FORWARD;
    if (now.maybeDone() && step.lookup() && !asked) {
      lookUp(turn, step);
    } else if (isForwardOnly(turn, step)) {
      turn.attention(step.name(), "every attempt failed after the pivot: " + why);
    } else if (step.role() == Role.PIVOT && now.maybeDone()) {
      turn.attention(
          step.name(),
          "the pivot may have happened and nobody can say, so neither way is safe: " + why);
    } else {
      turn.emit(new SagaEvent.StepGivenUp(step.name(), now.maybeDone(), why));
      if (forward) {
        halt(turn, cause, step.name(), why);
      }
    }
  }

  /** From here on only backward. */
  static void halt(SagaTurn turn, SagaEvent.Cause cause, @Nullable String step, String reason) {
    turn.emit(new SagaEvent.Halted(cause, step, reason));
    for (Map.Entry<String, StepState> entry : turn.state().steps().entrySet()) {
      String name = entry.getKey();
      switch (entry.getValue().phase()) {
        case SLEEPING, AWAITING ->
            turn.emit(new SagaEvent.StepGivenUp(name, false, "the saga turned back"));
        case CHILD_RUNNING ->
            turn.act(new SagaAction.CancelChild(name, entry.getValue().attempts()));
        default -> {}
      }
    }
    giveUpWaiting(turn);
  }

  /** After turning back, no step waits for another attempt, or for a person who allows one. */
  static void giveUpWaiting(SagaTurn turn) {
    for (Map.Entry<String, StepState> entry : turn.state().steps().entrySet()) {
      switch (entry.getValue().phase()) {
        case RETRY_WAITING, PARKED -> giveUp(turn, turn.step(entry.getKey()));
        // Whatever the answer is, it is compensated; nobody waits days for one that changes
        // nothing.
        case AWAITING_REPLY, REPLIED ->
            turn.emit(new SagaEvent.StepGivenUp(entry.getKey(), true, "the saga turned back"));
        default -> {}
      }
    }
  }

  /** A child may run, or have ended, whatever kept this step from hearing of it. */
  private static void giveUp(SagaTurn turn, StepPlan step) {
    int attempts = turn.of(step.name()).attempts();
    if (step.kind() == Kind.CHILD && attempts > 0) {
      turn.emit(new SagaEvent.ChildAwaited(step.name(), attempts));
      reopenChild(turn, step.name());
    } else {
      exhausted(turn, step, false);
    }
  }

  /** The worker was lost during an attempt at this step, or at asking about it. */
  static void lost(SagaTurn turn, String name) {
    StepPlan step = turn.step(name);
    StepState before = turn.of(name);
    boolean maybe = step.kind() == Kind.OUTSIDE || before.maybeDone();
    turn.emit(new SagaEvent.AttemptLost(name, before.attempts(), maybe));
    if (turn.of(name).phase() == StepState.Phase.REPLIED) {
      return;
    }
    boolean forward = turn.state().phase() == SagaState.Phase.FORWARD;
    boolean over = delay(step.retry(), turn.of(name), turn.now(), 0).isEmpty();
    boolean inDoubt = step.kind() == Kind.OUTSIDE;
    if (inDoubt && (over || !forward) && turn.state().attention() == null) {
      exhausted(turn, step, before.phase() == StepState.Phase.LOOKING_UP && forward);
    } else if (!inDoubt && !forward) {
      turn.emit(new SagaEvent.StepGivenUp(name, turn.of(name).maybeDone(), "the saga turned back"));
    }
  }

  static void reopenChild(SagaTurn turn, String step) {
    int attempt = turn.of(step).attempts();
    boolean forward = turn.state().phase() == SagaState.Phase.FORWARD;
    turn.act(
        forward
            ? new SagaAction.StartChild(step, attempt)
            : new SagaAction.CancelChild(step, attempt));
  }

  static void childEnded(SagaTurn turn, SagaStimulus.ChildEnded ended) {
    StepState now = turn.of(ended.step());
    if (now.phase() != StepState.Phase.CHILD_RUNNING) {
      return;
    }
    StepPlan step = turn.step(ended.step());
    if (ended.completed()) {
      turn.emit(
          new SagaEvent.StepDone(step.name(), now.attempts(), branch(turn, step), ended.state()));
    } else if (turn.state().phase() == SagaState.Phase.FORWARD) {
      refused(turn, step, now.attempts(), ended.why());
    } else {
      turn.emit(new SagaEvent.StepGivenUp(step.name(), false, ended.why()));
    }
  }
}
