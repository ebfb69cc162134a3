package dev.concordat.tcc;

import dev.concordat.core.Payload;
import dev.concordat.tcc.TccStimulus.Request;
import dev.concordat.tcc.TccWorld.Flight;
import dev.concordat.tcc.TccWorld.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Makes decisions durable the way the engine does: events that ride wait for the next write, and
 * are lost in a crash; all others are written before their actions are performed.
 */
final class TccHost {

  private final TccPlan plan;
  private final TccDecider machine;
  private final TccLaws laws;

  TccHost(TccPlan plan, TccDecider machine) {
    this.plan = plan;
    this.machine = machine;
    this.laws = new TccLaws(plan);
  }

  TccLaws laws() {
    return laws;
  }

  /** The machine decides; its decision rides or is written; its actions are under way. */
  TccDecision deliver(TccWorld world, TccStimulus stimulus) {
    TccDecision decision = decide(world, stimulus);
    if (!mayRide(decision) && !mayWait(decision)) {
      world.write();
    }
    launch(world, decision);
    return decision;
  }

  /** Decides and writes, with what business code did in the same transaction. */
  void deliverWithCommit(TccWorld world, TccStimulus stimulus, Runnable effects) {
    TccDecision decision = decide(world, stimulus);
    effects.run();
    world.write();
    launch(world, decision);
  }

  /** The same, but the answer to COMMIT is lost: the worker reads the journal and opens anew. */
  void commitThenOpen(TccWorld world, TccStimulus stimulus, Runnable effects) {
    TccState before = world.live;
    decide(world, stimulus);
    effects.run();
    world.write();
    if (!world.live.isFinal()) {
      deliver(world, new TccStimulus.Opened(world.now(), before.asking()));
    }
  }

  /** A letter is taken up, and handed over once more. */
  void letter(TccWorld world, Request request) {
    int letter = world.live.lettersTaken() + 1;
    laws.tookLetter(letter, deliver(world, new TccStimulus.Letter(world.now(), letter, request)));
    laws.ignoredLetter(
        letter,
        machine.decide(plan, world.live, new TccStimulus.Letter(world.now(), letter, request)));
  }

  private TccDecision decide(TccWorld world, TccStimulus stimulus) {
    TccDecision decision = machine.decide(plan, world.live, stimulus);
    laws.folds(world.live, decision);
    laws.keepsOrder(world, decision);
    world.live = decision.state();
    return decision;
  }

  private boolean mayRide(TccDecision decision) {
    return !decision.actions().isEmpty()
        && decision.answers().isEmpty()
        && decision.events().stream().allMatch(event -> machine.rides(plan, event))
        && decision.actions().stream().allMatch(machine::isInside);
  }

  private boolean mayWait(TccDecision decision) {
    return decision.actions().isEmpty()
        && decision.answers().isEmpty()
        && !decision.state().asking().isEmpty()
        && decision.events().stream().allMatch(event -> machine.waits(plan, event));
  }

  private void launch(TccWorld world, TccDecision decision) {
    for (TccAction action : decision.actions()) {
      laws.launches(world, action);
      world.flights.add(new Flight(action, Way.OPEN));
    }
  }

  /** The worker dies: what rode is lost, and what it called may arrive at any time, or never. */
  void crash(TccWorld world) {
    for (Flight flight : new ArrayList<>(world.flights)) {
      if (flight.action() instanceof TccAction.Ask a) {
        world.mayArrive(a.operation(), a.branch());
      }
    }
    world.flights.clear();
    world.durable = world.durable.apply(new TccEvent.TakenOver());
    world.lose();
    deliver(world, new TccStimulus.Opened(world.now()));
  }

  static boolean isAwaited(TccState state, TccAction action) {
    return state.isAsking(action.operation(), action.branch(), action.attempt());
  }

  /** The first world: just accepted. */
  TccWorld begun(TccWorld.Limits limits) {
    TccWorld world = new TccWorld(plan, limits);
    List<TccEvent.Branch> branches =
        plan.branches().stream()
            .map(b -> new TccEvent.Branch(b.name(), b.local() ? null : "{}"))
            .toList();
    deliver(
        world,
        new TccStimulus.Begin(
            world.now(),
            new Payload("1", true),
            new UUID(0x0123456789ab4000L, 0x8123456789abcdefL),
            branches,
            null));
    return world;
  }
}
