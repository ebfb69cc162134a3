package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.saga.Sketch.Fault;
import dev.concordat.saga.World.Child;
import dev.concordat.saga.World.Flight;
import dev.concordat.saga.World.Late;
import dev.concordat.saga.World.Way;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What can happen next in a world: answers, losses, letters, ticks, crashes. */
final class Moves {

  /**
   * One thing that can happen.
   *
   * @param fair whether it happens sooner or later in a world without faults
   */
  record Move(String what, @Nullable Object to, boolean fair, Consumer<World> change) {
    @Override
    public String toString() {
      return what + (to == null ? "" : " " + to);
    }
  }

  private final Sketch sketch;
  private final Host host;
  private final Decider machine;
  private final Answers answers;
  private final Post post;
  private final Traffic traffic;

  Moves(Sketch sketch, Decider machine, Host host) {
    this.sketch = sketch;
    this.machine = machine;
    this.host = host;
    this.answers = new Answers(sketch, host);
    this.post = new Post(sketch, host);
    this.traffic = new Traffic(sketch, host);
  }

  List<Move> of(World world) {
    List<Move> moves = new ArrayList<>();
    for (int i = 0; i < world.flights.size(); i++) {
      Flight flight = world.flights.get(i);
      if (i == 0 || !world.flights.subList(0, i).contains(flight)) {
        answers.of(world, flight, moves);
      }
    }
    children(world, moves);
    late(world, moves);
    traffic.of(world, moves);
    time(world, moves);
    post.of(world, moves);
    if (world.crashes > 0 && !world.isFinal()) {
      moves.add(
          new Move(
              "crash",
              null,
              false,
              w -> {
                w.crashes--;
                host.crash(w);
              }));
    }
    return moves;
  }

  /** What happens next if nothing goes wrong and people do their part, or null at an end. */
  @Nullable Move fair(World world) {
    boolean open = world.flights.stream().anyMatch(f -> f.way() == Way.OPEN);
    if (world.isFinal() && !open) {
      return null;
    }
    List<Move> moves = new ArrayList<>();
    for (Flight flight : world.flights) {
      if (flight.way() == Way.OPEN) {
        answers.of(world, flight, moves);
      }
    }
    children(world, moves);
    traffic.of(world, moves);
    moves.removeIf(move -> !move.fair());
    if (!moves.isEmpty()) {
      return moves.get(0);
    }
    Move asked = post.remedy(world);
    if (asked != null) {
      return asked;
    }
    Move signal = post.awaitedSignal(world);
    if (signal != null) {
      return signal;
    }
    time(world, moves);
    moves.removeIf(move -> !move.fair());
    if (moves.isEmpty()) {
      throw new LawBroken("no dead end: nothing is under way and nothing ever will be");
    }
    return moves.get(0);
  }

  private void children(World world, List<Move> moves) {
    world.children.forEach((id, child) -> {
      if (child == Child.RUNNING || child == Child.CANCELLING) {
        boolean well = child == Child.RUNNING;
        moves.add(new Move("child completes", id, well, w -> w.children.put(id, Child.COMPLETED)));
        if (!well || sketch.allows(Fault.CHILD_COMPENSATED)) {
          moves.add(
              new Move("child undone", id, !well, w -> w.children.put(id, Child.COMPENSATED)));
        }
      }
    });
  }

  private void late(World world, List<Move> moves) {
    for (Late late : world.late) {
      moves.add(new Move("arrives late", late, false, w -> arrive(w, late)));
    }
  }

  private static void arrive(World world, Late late) {
    world.late.remove(late);
    switch (late.what()) {
      case "request" -> Host.apply(world, late.step());
      case "undo" -> Host.counter(world, late.step());
      default -> world.children.putIfAbsent(late.step() + "#" + late.attempt(), Child.RUNNING);
    }
  }

  private void time(World world, List<Move> moves) {
    if (world.isFinal()) {
      return;
    }
    Instant wake = machine.wakeAt(sketch.plan(), world.live, world.now());
    if (wake != null) {
      moves.add(new Move("tick", null, true, w -> tick(w, wake)));
    }
    Instant deadline = world.live.deadline();
    if (deadline != null && sketch.allows(Fault.LATE_CLOCK) && deadline.isAfter(world.now())) {
      moves.add(new Move("tick at the deadline", null, false, w -> tick(w, deadline)));
      moves.add(
          new Move(
              "the deadline passes unnoticed",
              null,
              false,
              w -> w.clock = deadline.getEpochSecond()));
    }
  }

  private void tick(World world, Instant at) {
    world.clock = Math.max(world.clock, at.getEpochSecond());
    SagaState before = world.live;
    Instant wake = machine.wakeAt(sketch.plan(), before, world.now());
    SagaDecision decision = host.deliver(world, new SagaStimulus.Tick(world.now()));
    if (wake != null && !wake.isAfter(world.now())) {
      host.laws().ticked(before, decision);
    }
  }

  static SagaStimulus failed(World w, String step, int attempt, FailureKind kind) {
    SagaStimulus.Failure failure = new SagaStimulus.Failure(kind, "it went wrong", null);
    return new SagaStimulus.Failed(w.now(), step, attempt, failure, 0);
  }
}
