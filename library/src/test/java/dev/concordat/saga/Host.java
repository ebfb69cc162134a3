package dev.concordat.saga;

import dev.concordat.core.Payload;
import dev.concordat.saga.World.Effect;
import dev.concordat.saga.World.Flight;
import dev.concordat.saga.World.Late;
import dev.concordat.saga.World.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes decisions durable the way the engine does: events that ride wait for the next write, and
 * are lost in a crash; all others are written before their actions are performed.
 */
final class Host {

  private static final int MOST_ALIKE = 2;

  private final SagaPlan plan;
  private final Decider machine;
  private final Laws laws;

  Host(SagaPlan plan, Decider machine) {
    this.plan = plan;
    this.machine = machine;
    this.laws = new Laws(plan);
  }

  Laws laws() {
    return laws;
  }

  /** The machine decides; its decision rides or is written; its actions are under way. */
  SagaDecision deliver(World world, SagaStimulus stimulus) {
    SagaDecision decision = decide(world, stimulus);
    if (!mayRide(decision)) {
      write(world);
    }
    launch(world, decision);
    return decision;
  }

  /** Decides and writes, with what business code did in the same transaction. */
  SagaDecision deliverWithCommit(World world, SagaStimulus stimulus, Runnable effects) {
    SagaDecision decision = decide(world, stimulus);
    effects.run();
    write(world);
    launch(world, decision);
    return decision;
  }

  /** The same, but the answer to COMMIT is lost: the worker reads the journal and opens anew. */
  void commitThenOpen(World world, SagaStimulus stimulus, Runnable effects) {
    decide(world, stimulus);
    effects.run();
    write(world);
    List<Flight> before = List.copyOf(world.flights);
    world.flights.clear();
    for (Flight flight : before) {
      world.flights.add(
          Laws.isWork(flight.action()) && flight.way() == Way.OPEN
              ? new Flight(flight.action(), Way.EXPIRED, flight.carried())
              : flight);
    }
    if (!world.isFinal()) {
      deliver(world, new SagaStimulus.Opened(world.now()));
    }
  }

  private SagaDecision decide(World world, SagaStimulus stimulus) {
    SagaDecision decision = machine.decide(plan, world.live, stimulus);
    laws.folds(world.live, decision);
    laws.keepsOrder(world, decision);
    Memory memory = world.liveMemory.copy();
    decision.events().forEach(event -> memory.take(plan, event));
    world.live = decision.state();
    world.liveMemory = memory;
    return decision;
  }

  private boolean mayRide(SagaDecision decision) {
    return !decision.actions().isEmpty()
        && decision.answers().isEmpty()
        && decision.events().stream().allMatch(event -> machine.rides(plan, event))
        && decision.actions().stream().allMatch(machine::isInside);
  }

  private static void write(World world) {
    world.durable = world.live;
    world.durableMemory = world.liveMemory;
  }

  private void launch(World world, SagaDecision decision) {
    for (SagaAction action : decision.actions()) {
      laws.runsOnce(world, action);
      Flight flight = new Flight(action, Way.OPEN, carried(world, action));
      if (world.flights.stream().filter(flight::equals).count() < MOST_ALIKE) {
        world.flights.add(flight);
      }
    }
    world.flights.removeIf(flight -> flight.way() == Way.AGAIN && world.isFinal());
  }

  private static @Nullable Payload carried(World world, SagaAction action) {
    if (!(action instanceof SagaAction.Merge)) {
      return null;
    }
    TreeSet<Character> letters = letters(world.live.data());
    world.live.branchData().values().forEach(branch -> letters.addAll(letters(branch)));
    return payload(letters);
  }

  /** The state that a step leaves behind: what was there and the step's own name. */
  static Payload with(Payload before, String step) {
    TreeSet<Character> letters = letters(before);
    letters.add(step.charAt(0));
    return payload(letters);
  }

  static TreeSet<Character> letters(Payload payload) {
    TreeSet<Character> letters = new TreeSet<>();
    for (char c : payload.text().toCharArray()) {
      if (c != '"') {
        letters.add(c);
      }
    }
    return letters;
  }

  private static Payload payload(TreeSet<Character> letters) {
    StringBuilder text = new StringBuilder("\"");
    letters.forEach(text::append);
    return new Payload(text.append('"').toString(), true);
  }

  /** The worker dies: what rode is lost, and what it called may arrive at any time, or never. */
  void crash(World world) {
    for (Flight flight : new ArrayList<>(world.flights)) {
      switch (flight.action()) {
        case SagaAction.RunOutside a -> late(world, new Late("request", a.step(), a.attempt()));
        case SagaAction.CompensateOutside a -> late(world, new Late("undo", a.step(), 0));
        case SagaAction.StartChild a -> late(world, new Late("child", a.step(), a.attempt()));
        default -> {}
      }
    }
    world.flights.clear();
    world.durable = world.durable.apply(new SagaEvent.TakenOver());
    world.live = world.durable;
    world.liveMemory = world.durableMemory;
    deliver(world, new SagaStimulus.Opened(world.now()));
  }

  /** A request without an answer, unless it can change nothing any more. */
  static void late(World world, Late late) {
    Effect effect = world.effects.get(late.step());
    boolean idle =
        switch (late.what()) {
          case "request" -> effect != null;
          case "undo" -> effect == Effect.COUNTERED;
          default -> world.children.containsKey(late.step() + "#" + late.attempt());
        };
    if (!idle) {
      world.late.add(late.what().equals("child") ? late : new Late(late.what(), late.step(), 0));
    }
  }

  /** The participant honours the key: the effect is applied once, and never after its undoing. */
  static void apply(World world, String step) {
    world.effects.putIfAbsent(step, Effect.APPLIED);
    world.late.remove(new Late("request", step, 0));
  }

  static void counter(World world, String step) {
    world.effects.put(step, Effect.COUNTERED);
    world.late.remove(new Late("request", step, 0));
    world.late.remove(new Late("undo", step, 0));
  }
}
