package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.saga.Moves.Move;
import dev.concordat.saga.Sketch.Fault;
import dev.concordat.saga.World.Child;
import dev.concordat.saga.World.Effect;
import dev.concordat.saga.World.Flight;
import dev.concordat.saga.World.Late;
import dev.concordat.saga.World.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How each action under way can end. */
final class Answers {

  private final Sketch sketch;
  private final Host host;

  Answers(Sketch sketch, Host host) {
    this.sketch = sketch;
    this.host = host;
  }

  /** The moves of one flight; each removes it, unless it says otherwise. */
  private final class Ends {
    private final World world;
    private final Flight flight;
    private final List<Move> moves;

    Ends(World world, Flight flight, List<Move> moves) {
      this.world = world;
      this.flight = flight;
      this.moves = moves;
    }

    void well(String what, Consumer<World> change) {
      add(what, flight.way() == Way.OPEN, change);
    }

    void add(String what, boolean fair, Consumer<World> change) {
      moves.add(
          new Move(
              what + ":",
              flight,
              fair,
              w -> {
                w.flights.remove(flight);
                change.accept(w);
              }));
    }

    void fault(Fault fault, String what, Consumer<World> change) {
      if (world.faults > 0 && sketch.allows(fault)) {
        add(
            what,
            false,
            w -> {
              w.faults--;
              change.accept(w);
            });
      }
    }

    /** The time limit passes, the failure is delivered, and the code still runs. */
    void timeout(Consumer<World> change) {
      if (flight.way() == Way.OPEN && world.timeouts > 0 && sketch.allows(Fault.TIMEOUT)) {
        add(
            "timeout",
            false,
            w -> {
              w.timeouts--;
              w.flights.add(new Flight(flight.action(), Way.EXPIRED, flight.carried()));
              change.accept(w);
            });
      }
    }

    /** The answer comes, and comes once more later. */
    void twice(Consumer<World> change) {
      if (flight.way() == Way.OPEN && world.duplicates > 0 && sketch.allows(Fault.DUPLICATE)) {
        add(
            "done, to be answered twice",
            false,
            w -> {
              w.duplicates--;
              w.flights.add(new Flight(flight.action(), Way.AGAIN, flight.carried()));
              change.accept(w);
            });
      }
    }
  }

  void of(World world, Flight flight, List<Move> moves) {
    Ends ends = new Ends(world, flight, moves);
    if (flight.way() == Way.AGAIN) {
      ends.add("the same answer again", false, w -> again(w, flight.action()));
      return;
    }
    switch (flight.action()) {
      case SagaAction.Evaluate a -> evaluate(ends, a);
      case SagaAction.RunLocal a -> local(ends, a);
      case SagaAction.RunOutside a -> outside(ends, a);
      case SagaAction.LookUp a -> lookUp(ends, a);
      case SagaAction.TakeSignal a -> takeSignal(ends, a);
      case SagaAction.SendCommand a -> send(ends, a.step(), a.attempt(), false);
      case SagaAction.SendCompensation a -> send(ends, a.step(), a.attempt(), true);
      case SagaAction.TakeReply a -> takeReply(ends, a);
      case SagaAction.StartChild a -> startChild(ends, a);
      case SagaAction.CheckChild a ->
          ends.well("looked", w -> check(w, a.step(), a.attempt(), false));
      case SagaAction.CancelChild a -> ends.well("cancelled", w -> cancel(w, a));
      case SagaAction.Merge a -> merge(ends, a, flight.carried());
      case SagaAction.CompensateLocal a -> undoLocal(ends, a);
      case SagaAction.CompensateOutside a -> undoOutside(ends, a);
    }
  }

  private void again(World w, SagaAction action) {
    switch (action) {
      case SagaAction.RunOutside a -> done(w, a.step(), a.attempt());
      case SagaAction.CompensateOutside a ->
          host.deliver(w, new SagaStimulus.Compensated(w.now(), a.step(), a.attempt()));
      default -> throw new IllegalStateException("not answered twice: " + action);
    }
  }

  private void evaluate(Ends ends, SagaAction.Evaluate a) {
    boolean sleeps = sketch.plan().step(a.step()).kind() == SagaPlan.Kind.SLEEP;
    ends.well(
        "applies",
        w ->
            host.deliver(
                w,
                new SagaStimulus.Evaluated(
                    w.now(), a.step(), true, sleeps ? w.now().plusSeconds(5) : null)));
    ends.fault(
        Fault.CONDITION_FALSE,
        "does not apply",
        w -> host.deliver(w, new SagaStimulus.Evaluated(w.now(), a.step(), false, null)));
    ends.fault(
        Fault.CONDITION_THROWS,
        "throws",
        w -> host.deliver(w, new SagaStimulus.Stuck(w.now(), a.step(), "the condition threw")));
  }

  private void failures(Ends ends, String step, int attempt, boolean local) {
    ends.fault(Fault.REFUSED, "refused", w -> fail(w, step, attempt, FailureKind.REFUSED));
    ends.fault(Fault.TRANSIENT, "transient", w -> fail(w, step, attempt, FailureKind.TRANSIENT));
    ends.fault(
        Fault.UNEXPECTED,
        "unexpected",
        w -> {
          if (!local) {
            Host.late(w, new Late("request", step, 0));
          }
          fail(w, step, attempt, FailureKind.UNEXPECTED);
        });
  }

  private void fail(World w, String step, int attempt, FailureKind kind) {
    host.deliver(w, Moves.failed(w, step, attempt, kind));
  }

  private void local(Ends ends, SagaAction.RunLocal a) {
    String head = a.steps().get(0);
    StepState now = ends.world.live.of(head);
    boolean wanted = now.phase() == StepState.Phase.RUNNING && now.attempts() == a.attempt();
    if (ends.flight.way() == Way.EXPIRED) {
      ends.add("broken off", false, w -> fail(w, head, a.attempt(), FailureKind.TRANSIENT));
      return;
    }
    ends.well(
        wanted ? "committed" : "not wanted",
        w -> {
          if (wanted) {
            host.deliverWithCommit(w, localDone(w, a), () -> a.steps().forEach(s -> once(w, s)));
          }
        });
    failures(ends, head, a.attempt(), true);
    ends.timeout(w -> fail(w, head, a.attempt(), FailureKind.TRANSIENT));
    if (wanted) {
      ends.fault(
          Fault.COMMIT_UNKNOWN,
          "committed, its answer lost",
          w -> host.commitThenOpen(w, localDone(w, a), () -> a.steps().forEach(s -> once(w, s))));
    }
  }

  private static void once(World w, String step) {
    if (w.effects.put(step, Effect.APPLIED) != null) {
      throw new LawBroken("P4: local step '" + step + "' takes effect twice");
    }
  }

  private SagaStimulus localDone(World w, SagaAction.RunLocal a) {
    Payload data = w.live.dataIn(sketch.plan().branchOf(a.steps().get(0)));
    List<SagaStimulus.StepResult> results = new ArrayList<>();
    for (String step : a.steps()) {
      data = Host.with(data, step);
      results.add(new SagaStimulus.StepResult(step, false, data));
    }
    return new SagaStimulus.Succeeded(w.now(), a.attempt(), results);
  }

  private void outside(Ends ends, SagaAction.RunOutside a) {
    Effect effect = ends.world.effects.get(a.step());
    if (effect != Effect.COUNTERED) {
      ends.well(
          "done",
          w -> {
            Host.apply(w, a.step());
            done(w, a.step(), a.attempt());
          });
      ends.twice(w -> {
        Host.apply(w, a.step());
        done(w, a.step(), a.attempt());
      });
    }
    if (effect == Effect.COUNTERED) {
      ends.well("refused", w -> fail(w, a.step(), a.attempt(), FailureKind.REFUSED));
    } else if (effect == null) {
      failures(ends, a.step(), a.attempt(), false);
    }
    ends.fault(
        Fault.UNKNOWN,
        "unknown",
        w -> {
          Host.late(w, new Late("request", a.step(), 0));
          fail(w, a.step(), a.attempt(), FailureKind.UNKNOWN);
        });
    ends.timeout(w -> fail(w, a.step(), a.attempt(), FailureKind.UNKNOWN));
  }

  private void done(World w, String step, int attempt) {
    Payload data = Host.with(w.live.dataIn(sketch.plan().branchOf(step)), step);
    host.deliver(
        w,
        new SagaStimulus.Succeeded(
            w.now(), attempt, List.of(new SagaStimulus.StepResult(step, false, data))));
  }

  /** Whoever says that a call did not happen sees to it that it does not happen later either. */
  private void lookUp(Ends ends, SagaAction.LookUp a) {
    boolean there = ends.world.effects.get(a.step()) == Effect.APPLIED;
    ends.well(
        there ? "it happened" : "it did not happen",
        w -> {
          if (there) {
            done(w, a.step(), a.attempt());
          } else {
            w.late.remove(new Late("request", a.step(), 0));
            w.flights.removeIf(f -> isEarlierCall(f, a.step()));
            fail(w, a.step(), a.attempt(), FailureKind.REFUSED);
          }
        });
    ends.fault(
        Fault.LOOK_UP_UNKNOWN,
        "nobody knows",
        w -> fail(w, a.step(), a.attempt(), FailureKind.UNKNOWN));
  }

  private static boolean isEarlierCall(Flight flight, String step) {
    return flight.action() instanceof SagaAction.RunOutside a && a.step().equals(step);
  }

  private void takeSignal(Ends ends, SagaAction.TakeSignal a) {
    ends.well("taken", w -> done(w, a.step(), a.attempt()));
    failures(ends, a.step(), a.attempt(), true);
  }

  /** A command is in the outbox if and only if its entry is in the journal. */
  private void send(Ends ends, String step, int attempt, boolean back) {
    StepState now = ends.world.live.of(step);
    StepState.Phase sending = back ? StepState.Phase.COMPENSATION_RUNNING : StepState.Phase.RUNNING;
    boolean wanted = now.phase() == sending && now.attempts() == attempt;
    SagaStimulus sent = new SagaStimulus.Sent(ends.world.now(), step, attempt, back);
    Traffic.Message command = Traffic.command(step, attempt, now.forgiven(), back);
    ends.well(
        wanted ? "sent" : "not wanted",
        w -> {
          if (wanted) {
            host.deliverWithCommit(w, sent, () -> w.messages.add(command));
          }
        });
    if (wanted) {
      ends.fault(
          Fault.COMMIT_UNKNOWN,
          "sent, its answer lost",
          w -> host.commitThenOpen(w, sent, () -> w.messages.add(command)));
    }
    if (back) {
      ends.fault(
          Fault.UNDO_FAILS, "not sent", w -> undoFailed(w, step, attempt, FailureKind.TRANSIENT));
    } else {
      failures(ends, step, attempt, true);
    }
  }

  private void takeReply(Ends ends, SagaAction.TakeReply a) {
    ends.well("taken", w -> done(w, a.step(), a.attempt()));
    failures(ends, a.step(), a.attempt(), true);
  }

  private void startChild(Ends ends, SagaAction.StartChild a) {
    String id = a.step() + "#" + a.attempt();
    ends.well(
        "started",
        w -> {
          w.children.putIfAbsent(id, Child.RUNNING);
          check(w, a.step(), a.attempt(), false);
        });
    ends.fault(Fault.CHILD_STUCK, "cannot start", w -> stuck(w, a.step()));
    if (ends.world.children.get(id) == Child.COMPLETED) {
      ends.fault(Fault.CHILD_STUCK, "stuck", w -> check(w, a.step(), a.attempt(), true));
    }
  }

  private void stuck(World w, String step) {
    host.deliver(w, new SagaStimulus.Stuck(w.now(), step, "its child does not work"));
  }

  private void check(World w, String step, int attempt, boolean stuck) {
    Child child = w.children.get(step + "#" + attempt);
    if (child == Child.COMPLETED && stuck) {
      stuck(w, step);
    } else if (child == Child.COMPLETED || child == Child.COMPENSATED) {
      Payload data =
          child == Child.COMPLETED
              ? Host.with(w.live.dataIn(sketch.plan().branchOf(step)), step)
              : null;
      ended(w, step, data);
    }
  }

  private void ended(World w, String step, @Nullable Payload data) {
    host.deliver(
        w, new SagaStimulus.ChildEnded(w.now(), step, data != null, data, "it was undone"));
  }

  private void cancel(World w, SagaAction.CancelChild a) {
    String id = a.step() + "#" + a.attempt();
    w.children.merge(
        id, Child.CANCELLING, (child, c) -> child == Child.RUNNING ? Child.CANCELLING : child);
    check(w, a.step(), a.attempt(), false);
  }

  private void merge(Ends ends, SagaAction.Merge a, @Nullable Payload merged) {
    if (merged == null) {
      throw new IllegalStateException("a merge carries its result");
    }
    ends.well("merged", w -> host.deliver(w, new SagaStimulus.Merged(w.now(), a.node(), merged)));
    ends.fault(
        Fault.MERGE_THROWS,
        "throws",
        w -> host.deliver(w, new SagaStimulus.Stuck(w.now(), null, "merging threw")));
  }

  private void undoLocal(Ends ends, SagaAction.CompensateLocal a) {
    StepState now = ends.world.live.of(a.step());
    boolean wanted =
        now.phase() == StepState.Phase.COMPENSATION_RUNNING && now.attempts() == a.attempt();
    SagaStimulus undone = new SagaStimulus.Compensated(ends.world.now(), a.step(), a.attempt());
    ends.well(
        wanted ? "compensated" : "not wanted",
        w -> {
          if (wanted) {
            host.deliverWithCommit(w, undone, () -> Host.counter(w, a.step()));
          }
        });
    undoFails(ends, a.step(), a.attempt(), false);
    if (wanted) {
      ends.fault(
          Fault.COMMIT_UNKNOWN,
          "compensated, its answer lost",
          w -> host.commitThenOpen(w, undone, () -> Host.counter(w, a.step())));
    }
  }

  private void undoOutside(Ends ends, SagaAction.CompensateOutside a) {
    Consumer<World> undone =
        w -> {
          Host.counter(w, a.step());
          host.deliver(w, new SagaStimulus.Compensated(w.now(), a.step(), a.attempt()));
        };
    ends.well("compensated", undone);
    ends.twice(undone);
    undoFails(ends, a.step(), a.attempt(), true);
    ends.timeout(w -> undoFailed(w, a.step(), a.attempt(), FailureKind.UNKNOWN));
  }

  private void undoFails(Ends ends, String step, int attempt, boolean outside) {
    ends.fault(
        Fault.UNDO_FAILS, "undo refused", w -> undoFailed(w, step, attempt, FailureKind.REFUSED));
    ends.fault(
        Fault.UNDO_FAILS,
        "undo transient",
        w -> undoFailed(w, step, attempt, FailureKind.TRANSIENT));
    if (outside) {
      ends.fault(
          Fault.UNDO_FAILS,
          "undo unknown",
          w -> {
            Host.late(w, new Late("undo", step, 0));
            undoFailed(w, step, attempt, FailureKind.UNKNOWN);
          });
    }
  }

  private void undoFailed(World w, String step, int attempt, FailureKind kind) {
    SagaStimulus.Failure failure = new SagaStimulus.Failure(kind, "it cannot be undone", null);
    host.deliver(w, new SagaStimulus.CompensationFailed(w.now(), step, attempt, failure, 0));
  }
}
