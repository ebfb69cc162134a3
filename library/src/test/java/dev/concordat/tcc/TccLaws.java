package dev.concordat.tcc;

import static dev.concordat.tcc.LawBroken.hold;

import dev.concordat.store.Entry;
import dev.concordat.tcc.TccBranchState.Phase;
import dev.concordat.tcc.TccWorld.Held;
import dev.concordat.tcc.TccWorld.Way;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What must hold in every state and at every decision. */
final class TccLaws {

  private final TccPlan plan;
  private final Set<List<TccEvent>> read = new HashSet<>();

  TccLaws(TccPlan plan) {
    this.plan = plan;
  }

  /** The journal is the truth: its events, after a round trip and one by one, give the state. */
  void folds(TccState before, TccDecision decision) {
    TccState folded = before;
    for (TccEvent event : decision.events()) {
      folded = folded.apply(event);
    }
    hold(folded.equals(decision.state()), "journal: the events do not fold to the state");
    if (!decision.events().isEmpty() && read.add(decision.events())) {
      Entry entry = new Entry(0, 1, TccJournal.write(decision.events()), Instant.EPOCH);
      TccState again = before.applyAll(TccJournal.read(entry));
      hold(again.equals(decision.state()), "journal: what was written does not read the same");
    }
  }

  /** The protocol, as an onlooker sees it who reads events and not the machine's mind. */
  void keepsOrder(TccWorld world, TccDecision decision) {
    TccState now = world.live;
    for (TccEvent event : decision.events()) {
      switch (event) {
        case TccEvent.Decided e -> decides(world, now, e);
        case TccEvent.Sent e -> sends(world, now, e);
        case TccEvent.Done e -> {
          if (e.operation() == TccOperation.TRY) {
            world.seenTried.add(e.branch());
          }
        }
        default -> {}
      }
      now = now.apply(event);
    }
  }

  private void decides(TccWorld world, TccState before, TccEvent.Decided event) {
    hold(before.decided() == null, "one decision: it is decided twice");
    if (event.decision() == TccOperation.CONFIRM) {
      hold(
          world.seenTried.size() == plan.branches().size(),
          "all tried: it is decided to confirm, and tried are only " + world.seenTried);
      hold(
          world.now().isBefore(before.deadline()),
          "deadline: it is decided to confirm after the deadline");
    }
  }

  private void sends(TccWorld world, TccState before, TccEvent.Sent event) {
    TccBranchState branch = before.of(event.branch());
    hold(!before.paused(), "pause: '" + event.branch() + "' is asked while paused");
    hold(
        event.operation() == before.operation(),
        "the decision: it is "
            + before.operation()
            + " and '"
            + event.branch()
            + "' is sent "
            + event.operation());
    hold(!branch.inFlight(), "one attempt: '" + event.branch() + "' is asked twice at a time");
    hold(event.attempt() == branch.attempts() + 1, "attempts: one number is used twice");
    if (plan.inOrder()) {
      inOrder(world, before, event);
    }
  }

  private void inOrder(TccWorld world, TccState before, TccEvent.Sent event) {
    boolean back = event.operation() == TccOperation.CANCEL;
    boolean passed = false;
    for (TccPlan.Branch other : plan.branches()) {
      if (other.name().equals(event.branch())) {
        passed = true;
        continue;
      }
      if (passed == back) {
        Phase phase = before.of(other.name()).phase();
        boolean done =
            event.operation() == TccOperation.TRY
                ? world.seenTried.contains(other.name())
                : before.of(other.name()).isOver() || phase == Phase.PARKED;
        hold(done, "order: '" + event.branch() + "' is asked before '" + other.name() + "'");
      }
    }
  }

  /** Nobody is called but for an intent that is on the disk. */
  void launches(TccWorld world, TccAction action) {
    TccBranchState branch = world.durable.of(action.branch());
    hold(
        world.durable.operation() == action.operation() || action instanceof TccAction.RunLocal,
        "durable: '"
            + action.branch()
            + "' is asked to "
            + action.operation()
            + " before that is durable");
    hold(
        action instanceof TccAction.RunLocal
            || (branch.inFlight() && branch.attempts() == action.attempt()),
        "durable: '" + action.branch() + "' is asked before the intent is durable");
    hold(
        world.flights.stream()
            .noneMatch(f ->
                f.way() == Way.OPEN
                    && f.action().branch().equals(action.branch())
                    && f.action().operation() == action.operation()),
        "one attempt: '" + action.branch() + "' is under way twice");
  }

  /** An answer against the decision is an event, and a person is called. */
  void contradicted(TccWorld world, TccAction action, boolean awaited, TccDecision decision) {
    if (awaited && action.operation() != TccOperation.TRY) {
      hold(
          decision.events().stream().anyMatch(e -> e instanceof TccEvent.Contradicted),
          "heuristics: an answer against the decision is not recorded");
      hold(world.live.needsAttention(), "heuristics: nobody is called");
    }
  }

  void tookLetter(int letter, TccDecision decision) {
    hold(decision.state().lettersTaken() == letter, "letters: " + letter + " was not taken");
    hold(
        decision.answers().size() == 1 && decision.answers().get(0).letter() == letter,
        "letters: " + letter + " was not answered once");
  }

  void ignoredLetter(int letter, TccDecision decision) {
    boolean again =
        decision.events().stream()
            .anyMatch(
                e -> e instanceof TccEvent.VerbApplied || e instanceof TccEvent.LetterRefused);
    hold(!again && decision.answers().isEmpty(), "letters: " + letter + " was taken twice");
  }

  /** A tick at the time asked for must change something, or it would be asked for again at once. */
  void ticked(TccState before, TccDecision decision) {
    hold(
        !decision.state().equals(before) || !decision.actions().isEmpty(),
        "no busy loop: a tick at the time asked for changes nothing");
  }

  /** In every world: nobody confirms or gives back but by the decision. */
  void always(TccWorld world) {
    for (TccPlan.Branch branch : plan.branches()) {
      String name = branch.name();
      Held held = world.held.get(name);
      if (world.meddled.contains(name)) {
        continue;
      }
      TccOperation decided = world.durable.operation();
      hold(
          held != Held.CONFIRMED || decided == TccOperation.CONFIRM,
          "P7: '" + name + "' is confirmed, and it is decided to " + decided);
      hold(
          held != Held.CANCELLED || decided == TccOperation.CANCEL,
          "P7: '" + name + "' is cancelled, and it is decided to " + decided);
    }
    if (world.live.isFinal()) {
      ends(world);
    }
  }

  /** All or nothing, but for what a person has settled. */
  private void ends(TccWorld world) {
    for (TccPlan.Branch branch : plan.branches()) {
      String name = branch.name();
      Phase phase = world.live.of(name).phase();
      Held held = world.held.get(name);
      if (phase == Phase.SETTLED) {
        continue;
      }
      if (world.live.operation() == TccOperation.CONFIRM) {
        hold(held == Held.CONFIRMED, "P2: confirmed, yet '" + name + "' is " + held);
      } else {
        hold(
            held == Held.CANCELLED || held == Held.NOTHING || held == Held.EXPIRED,
            "P2: cancelled, yet '" + name + "' is " + held);
        hold(
            held != Held.NOTHING || !mayYetBeTried(world, name),
            "P2: cancelled, yet a try of '" + name + "' may come and hold something");
      }
    }
  }

  private static boolean mayYetBeTried(TccWorld world, String branch) {
    return world.late.contains(new TccWorld.Late(TccOperation.TRY, branch))
        || world.flights.stream()
            .map(TccWorld.Flight::action)
            .anyMatch(a ->
                a instanceof TccAction.Ask
                    && a.operation() == TccOperation.TRY
                    && a.branch().equals(branch));
  }
}
