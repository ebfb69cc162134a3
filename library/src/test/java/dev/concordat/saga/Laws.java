package dev.concordat.saga;

import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.Role;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaPlan.Undo;
import dev.concordat.saga.World.Child;
import dev.concordat.saga.World.Effect;
import dev.concordat.store.Entry;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What must hold in every state and at every decision; each law names the promise behind it. */
final class Laws {

  private final SagaPlan plan;
  private final Set<List<SagaEvent>> read = new HashSet<>();

  Laws(SagaPlan plan) {
    this.plan = plan;
  }

  private static void hold(boolean law, String otherwise) {
    if (!law) {
      throw new LawBroken(otherwise);
    }
  }

  /** The journal is the truth: its events, after a round trip and one by one, give the state. */
  void folds(SagaState before, SagaDecision decision) {
    SagaState folded = before;
    for (SagaEvent event : decision.events()) {
      folded = folded.apply(event);
    }
    hold(folded.equals(decision.state()), "journal: the events do not fold to the state");
    if (!decision.events().isEmpty() && read.add(decision.events())) {
      Entry entry = new Entry(0, 1, SagaJournal.write(decision.events()), Instant.EPOCH);
      SagaState again = before.applyAll(SagaJournal.read(entry));
      hold(again.equals(decision.state()), "journal: what was written does not read the same");
    }
  }

  /** P3 and P5, as an onlooker sees them who reads events and not the machine's mind. */
  void keepsOrder(World world, SagaDecision decision) {
    Memory memory = world.liveMemory.copy();
    boolean paused = world.live.paused() && decision.state().paused();
    for (SagaEvent event : decision.events()) {
      switch (event) {
        case SagaEvent.StepStarted e -> {
          starts(memory, e.step(), paused);
          hold(
              e.attempt() > world.live.of(e.step()).attempts(),
              "attempts: number " + e.attempt() + " of '" + e.step() + "' is used twice");
        }
        case SagaEvent.ChildStarted e -> starts(memory, e.step(), paused);
        case SagaEvent.LookUpStarted e -> {
          hold(!memory.recorded.contains(e.step()), "P3: '" + e.step() + "' is asked about again");
          hold(!memory.back, "P5: '" + e.step() + "' is asked about after compensation began");
        }
        case SagaEvent.CommandSent e ->
            hold(!memory.back, "P5: the command of '" + e.step() + "' is sent after compensation");
        case SagaEvent.StepDone e -> {
          hold(!memory.recorded.contains(e.step()), "P3: '" + e.step() + "' is done twice");
          hold(!memory.back, "P5: '" + e.step() + "' is done after compensation began");
        }
        case SagaEvent.Halted e ->
            hold(!memory.pivotPassed, "P2: it turns back after its pivot: " + e.reason());
        case SagaEvent.CompensationStarted e -> compensates(memory, e.step());
        default -> {}
      }
      memory.take(plan, event);
    }
  }

  private static void starts(Memory memory, String step, boolean paused) {
    hold(!paused, "pause: '" + step + "' starts while the saga is paused");
    hold(!memory.recorded.contains(step), "P3: '" + step + "' is recorded and starts again");
    hold(!memory.back, "P5: '" + step + "' starts after compensation began");
    hold(!memory.halted, "P5: '" + step + "' starts after the saga turned back");
  }

  private void compensates(Memory memory, String step) {
    hold(memory.back, "P5: '" + step + "' is compensated before compensation began");
    String next = memory.nextBack(plan);
    hold(step.equals(next), "P5: '" + step + "' is compensated before '" + next + "'");
  }

  static boolean isWork(SagaAction action) {
    return switch (action) {
      case SagaAction.RunLocal a -> true;
      case SagaAction.RunOutside a -> true;
      case SagaAction.LookUp a -> true;
      case SagaAction.TakeSignal a -> true;
      case SagaAction.SendCommand a -> true;
      case SagaAction.SendCompensation a -> true;
      case SagaAction.TakeReply a -> true;
      case SagaAction.CompensateLocal a -> true;
      case SagaAction.CompensateOutside a -> true;
      default -> false;
    };
  }

  /** At most one attempt at a step is under way, but for those that were given up waiting for. */
  void runsOnce(World world, SagaAction action) {
    boolean twice =
        isWork(action)
            && world.flights.stream()
                .filter(f -> f.way() == World.Way.OPEN && isWork(f.action()))
                .filter(f -> !isOvertaken(world, f.action()) && !isSameSending(f.action(), action))
                .anyMatch(f -> step(f.action()).equals(step(action)));
    hold(!twice, "one attempt: '" + step(action) + "' is under way twice");
  }

  /** Of two transactions that send the same attempt, one commits. */
  private static boolean isSameSending(SagaAction one, SagaAction other) {
    boolean sending = one instanceof SagaAction.SendCommand;
    return (sending || one instanceof SagaAction.SendCompensation) && one.equals(other);
  }

  /** A command that is about to be sent when the reply to an earlier one comes, and will not be. */
  private static boolean isOvertaken(World world, SagaAction action) {
    StepState now = world.live.of(step(action));
    return switch (action) {
      case SagaAction.SendCommand a ->
          now.phase() != StepState.Phase.RUNNING || now.attempts() != a.attempt();
      case SagaAction.SendCompensation a ->
          now.phase() != StepState.Phase.COMPENSATION_RUNNING || now.attempts() != a.attempt();
      default -> false;
    };
  }

  static String step(SagaAction action) {
    return switch (action) {
      case SagaAction.Evaluate a -> a.step();
      case SagaAction.RunLocal a -> a.steps().get(0);
      case SagaAction.RunOutside a -> a.step();
      case SagaAction.LookUp a -> a.step();
      case SagaAction.TakeSignal a -> a.step();
      case SagaAction.SendCommand a -> a.step();
      case SagaAction.SendCompensation a -> a.step();
      case SagaAction.TakeReply a -> a.step();
      case SagaAction.StartChild a -> a.step();
      case SagaAction.CheckChild a -> a.step();
      case SagaAction.CancelChild a -> a.step();
      case SagaAction.Merge a -> "";
      case SagaAction.CompensateLocal a -> a.step();
      case SagaAction.CompensateOutside a -> a.step();
    };
  }

  /** Letters are taken exactly once, and each is answered. */
  void tookLetter(int letter, SagaDecision decision) {
    hold(decision.state().lettersTaken() == letter, "letters: " + letter + " was not taken");
    hold(
        decision.answers().size() == 1 && decision.answers().get(0).letter() == letter,
        "letters: " + letter + " was not answered once");
  }

  void ignoredLetter(int letter, SagaDecision decision) {
    boolean again =
        decision.events().stream()
            .anyMatch(e ->
                e instanceof SagaEvent.VerbApplied
                    || e instanceof SagaEvent.SignalReceived
                    || e instanceof SagaEvent.LetterRefused
                    || e instanceof SagaEvent.ReplyReceived
                    || e instanceof SagaEvent.ReplyUnawaited
                    || e instanceof SagaEvent.ChildReported);
    hold(
        !again && decision.answers().isEmpty(),
        "letters: " + letter + " was taken twice, or before its turn");
  }

  /** A tick at the time asked for must change something, or it would be asked for again at once. */
  void ticked(SagaState before, SagaDecision decision) {
    hold(
        !decision.state().equals(before) || !decision.actions().isEmpty(),
        "no busy loop: a tick at the time asked for changes nothing");
  }

  /** P2 and P4: an end is an end with all effects, or with none. */
  void ends(World world) {
    switch (world.live.phase()) {
      case COMPLETED -> completed(world);
      case COMPENSATED -> compensated(world);
      default -> {}
    }
  }

  private void completed(World world) {
    TreeSet<Character> named = new TreeSet<>();
    world.liveMemory.changed.forEach(step -> named.add(step.charAt(0)));
    TreeSet<Character> kept = Host.letters(world.live.data());
    hold(named.equals(kept), "state: steps changed " + named + " and the state keeps " + kept);
    for (StepPlan step : plan.allSteps()) {
      boolean skipped = world.live.of(step.name()).phase() == StepState.Phase.SKIPPED;
      boolean acts = step.kind() != Kind.SLEEP && step.kind() != Kind.SIGNAL;
      if (!acts || skipped || world.liveMemory.leftByOperator.contains(step.name())) {
        continue;
      }
      hold(
          step.kind() == Kind.CHILD
              ? completedChildren(world, step.name()) == 1
                  && world.effects.get(step.name()) != Effect.COUNTERED
              : world.effects.get(step.name()) == Effect.APPLIED,
          "P2: completed, yet '" + step.name() + "' has no effect");
    }
  }

  private void compensated(World world) {
    for (StepPlan step : plan.allSteps()) {
      String name = step.name();
      boolean kept = step.role() == Role.COMPENSABLE && step.undo() == Undo.NONE;
      if (kept || world.liveMemory.leftByOperator.contains(name)) {
        continue;
      }
      hold(
          world.effects.get(name) != Effect.APPLIED,
          "P2: compensated, yet the effect of '" + name + "' remains");
      hold(
          step.kind() != Kind.CHILD
              || world.effects.get(name) == Effect.COUNTERED
              || !hasChild(world, name),
          "P2: compensated, yet the child of '" + name + "' goes on or is completed");
    }
  }

  private static long completedChildren(World world, String step) {
    return world.children.entrySet().stream()
        .filter(c -> c.getKey().startsWith(step + "#") && c.getValue() != Child.COMPENSATED)
        .count();
  }

  private static boolean hasChild(World world, String step) {
    return completedChildren(world, step) > 0;
  }
}
