package dev.concordat.tcc;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Verb;
import dev.concordat.tcc.TccBranchState.Phase;
import dev.concordat.tcc.TccStimulus.Request;
import dev.concordat.tcc.TccWorld.Flight;
import dev.concordat.tcc.TccWorld.Held;
import dev.concordat.tcc.TccWorld.Late;
import dev.concordat.tcc.TccWorld.Way;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What can happen next in a world: answers, losses, letters, ticks, crashes. */
final class TccMoves {

  /**
   * One thing that can happen.
   *
   * @param fair whether it happens sooner or later in a world without faults
   */
  record Move(String what, Object to, boolean fair, Consumer<TccWorld> change) {
    @Override
    public String toString() {
      return what + " " + to;
    }
  }

  private final TccPlan plan;
  private final TccDecider machine;
  private final TccHost host;

  TccMoves(TccPlan plan, TccDecider machine) {
    this.plan = plan;
    this.machine = machine;
    this.host = new TccHost(plan, machine);
  }

  TccHost host() {
    return host;
  }

  List<Move> of(TccWorld world) {
    List<Move> moves = new ArrayList<>();
    flights(world, moves);
    for (Late late : world.late) {
      moves.add(new Move("arrives late", late, false, w -> w.ask(late.operation(), late.branch())));
    }
    time(world, moves);
    letters(world, moves);
    meddling(world, moves);
    if (world.crashes > 0 && !world.live.isFinal()) {
      moves.add(
          new Move(
              "crash",
              "",
              false,
              w -> {
                w.crashes--;
                host.crash(w);
              }));
    }
    return moves;
  }

  /** What happens next if nothing goes wrong and people do their part, or null at an end. */
  @Nullable Move fair(TccWorld world) {
    boolean open = world.flights.stream().anyMatch(f -> f.way() == Way.OPEN);
    if (world.live.isFinal() && !open) {
      return null;
    }
    List<Move> moves = new ArrayList<>();
    flights(world, moves);
    moves.removeIf(move -> !move.fair());
    if (!moves.isEmpty()) {
      return moves.get(0);
    }
    Verb remedy = remedy(world);
    if (remedy != null) {
      return new Move("a person says", remedy, true, w -> host.letter(w, operate(w.live, remedy)));
    }
    time(world, moves);
    moves.removeIf(move -> !move.fair());
    if (moves.isEmpty()) {
      throw new LawBroken("no dead end: nothing is under way and nothing ever will be");
    }
    return moves.get(0);
  }

  /** Whoever can follow is told again, and whoever cannot is settled by hand. */
  private @Nullable Verb remedy(TccWorld world) {
    if (world.live.paused()) {
      return Verb.RESUME;
    }
    if (world.live.attention() != null) {
      return Verb.RETRY;
    }
    List<String> parked = world.live.parked();
    if (parked.isEmpty()) {
      return null;
    }
    TccWorld tried = new TccWorld(world);
    boolean follows =
        tried.ask(world.live.operation(), parked.getFirst()) instanceof TccAnswer.Done;
    return follows ? Verb.RETRY : Verb.SKIP;
  }

  private void flights(TccWorld world, List<Move> moves) {
    for (int i = 0; i < world.flights.size(); i++) {
      Flight flight = world.flights.get(i);
      if (i == 0 || !world.flights.subList(0, i).contains(flight)) {
        switch (flight.action()) {
          case TccAction.Ask a -> new Ends(world, flight, moves).remote(a);
          case TccAction.RunLocal a -> new Ends(world, flight, moves).local(a);
        }
      }
    }
  }

  /** The moves of one flight; each removes it, unless it says otherwise. */
  private final class Ends {
    private final TccWorld world;
    private final Flight flight;
    private final List<Move> moves;

    Ends(TccWorld world, Flight flight, List<Move> moves) {
      this.world = world;
      this.flight = flight;
      this.moves = moves;
    }

    private void add(String what, boolean fair, Consumer<TccWorld> change) {
      moves.add(
          new Move(
              what + ":",
              flight,
              fair && flight.way() == Way.OPEN,
              w -> {
                w.flights.remove(flight);
                change.accept(w);
              }));
    }

    private void fault(String what, Consumer<TccWorld> change) {
      if (world.faults > 0) {
        add(
            what,
            false,
            w -> {
              w.faults--;
              change.accept(w);
            });
      }
    }

    private void timeout(TccAction a, Consumer<TccWorld> change) {
      if (world.timeouts > 0 && flight.way() == Way.OPEN) {
        add(
            "timeout",
            false,
            w -> {
              w.timeouts--;
              w.flights.add(new Flight(a, Way.EXPIRED));
              change.accept(w);
            });
      }
    }

    void remote(TccAction.Ask a) {
      add("answered", true, w -> answer(w, a));
      fault(
          "answered, and the request comes once more",
          w -> {
            answer(w, a);
            w.mayArrive(a.operation(), a.branch());
          });
      if (a.operation() == TccOperation.TRY && world.held.get(a.branch()) == Held.NOTHING) {
        fault("refused", w -> refused(w, a, TccAnswer.Code.REFUSED));
        fault(
            "refused, and the request comes once more",
            w -> {
              w.late.add(new Late(a.operation(), a.branch()));
              refused(w, a, TccAnswer.Code.REFUSED);
            });
      }
      fault(
          "done, its answer lost",
          w -> {
            w.ask(a.operation(), a.branch());
            failed(w, a, FailureKind.UNKNOWN);
          });
      fault(
          "lost, or on its way",
          w -> {
            w.mayArrive(a.operation(), a.branch());
            failed(w, a, FailureKind.UNKNOWN);
          });
      timeout(a, w -> failed(w, a, FailureKind.UNKNOWN));
    }

    void local(TccAction.RunLocal a) {
      if (flight.way() == Way.EXPIRED) {
        add("broken off", false, w -> failed(w, a, FailureKind.TRANSIENT));
        return;
      }
      boolean wanted = TccHost.isAwaited(world.live, a);
      TccStimulus done =
          new TccStimulus.Done(world.now(), a.operation(), a.branch(), a.attempt(), null);
      add(
          wanted ? "committed" : "not wanted",
          true,
          w -> {
            if (wanted) {
              host.deliverWithCommit(w, done, () -> commits(w, a));
            }
          });
      if (wanted) {
        fault("committed, its answer lost", w -> host.commitThenOpen(w, done, () -> commits(w, a)));
      }
      fault("refused", w -> refused(w, a, TccAnswer.Code.REFUSED));
      fault("failed", w -> failed(w, a, FailureKind.TRANSIENT));
      timeout(a, w -> failed(w, a, FailureKind.TRANSIENT));
    }
  }

  private static void commits(TccWorld w, TccAction a) {
    LawBroken.hold(
        w.ask(a.operation(), a.branch()) instanceof TccAnswer.Done
            && (a.operation() != TccOperation.TRY || !w.meddled.contains(a.branch())),
        "local: '" + a.branch() + "' does what it cannot");
  }

  private void answer(TccWorld w, TccAction.Ask a) {
    switch (w.ask(a.operation(), a.branch())) {
      case TccAnswer.Done done ->
          host.deliver(
              w, new TccStimulus.Done(w.now(), a.operation(), a.branch(), a.attempt(), "1"));
      case TccAnswer.Refused said -> refused(w, a, said.code());
      case TccAnswer.Unknown said -> failed(w, a, FailureKind.UNKNOWN);
    }
  }

  private void refused(TccWorld w, TccAction a, TccAnswer.Code code) {
    boolean awaited = TccHost.isAwaited(w.live, a);
    TccDecision decision =
        host.deliver(
            w,
            new TccStimulus.Refused(
                w.now(), a.operation(), a.branch(), a.attempt(), code, "it said no"));
    host.laws().contradicted(w, a, awaited, decision);
  }

  private void failed(TccWorld w, TccAction a, FailureKind kind) {
    host.deliver(
        w,
        new TccStimulus.Failed(
            w.now(), a.operation(), a.branch(), a.attempt(), kind, "it went wrong", 0));
  }

  private void time(TccWorld world, List<Move> moves) {
    if (world.live.isFinal()) {
      return;
    }
    Instant wake = machine.wakeAt(plan, world.live, world.now());
    if (wake != null) {
      moves.add(new Move("tick", "", true, w -> tick(w, wake)));
    }
    Instant deadline = world.live.deadline();
    if (world.live.decided() == null && deadline.isAfter(world.now())) {
      moves.add(new Move("tick at the deadline", "", false, w -> tick(w, deadline)));
      moves.add(
          new Move(
              "the deadline passes unnoticed",
              "",
              false,
              w -> w.clock = deadline.getEpochSecond()));
    }
  }

  private void tick(TccWorld world, Instant at) {
    world.clock = Math.max(world.clock, at.getEpochSecond());
    TccState before = world.live;
    Instant wake = machine.wakeAt(plan, before, world.now());
    TccDecision decision = host.deliver(world, new TccStimulus.Tick(world.now()));
    if (wake != null && !wake.isAfter(world.now())) {
      host.laws().ticked(before, decision);
    }
  }

  private void letters(TccWorld world, List<Move> moves) {
    if (world.letters == 0) {
      return;
    }
    for (Verb verb : List.of(Verb.CANCEL, Verb.RETRY, Verb.SKIP, Verb.PAUSE, Verb.RESUME)) {
      moves.add(
          new Move(
              "somebody says",
              verb,
              false,
              w -> {
                w.letters--;
                host.letter(w, operate(w.live, verb));
              }));
    }
  }

  private static Request operate(TccState state, Verb verb) {
    boolean one = verb == Verb.SKIP && !state.parked().isEmpty();
    String branch = one ? state.parked().getFirst() : null;
    return new Request.Operate(verb, "ops", "because", branch);
  }

  /** Holds that end by themselves, and people who end them, against the decision or with it. */
  private void meddling(TccWorld world, List<Move> moves) {
    if (world.faults == 0) {
      return;
    }
    for (TccPlan.Branch branch : plan.branches()) {
      boolean tried = world.live.of(branch.name()).phase() != Phase.TRYING;
      if (!branch.local() && world.held.get(branch.name()) == Held.HELD && tried) {
        for (Held by : List.of(Held.EXPIRED, Held.CONFIRMED, Held.CANCELLED)) {
          moves.add(
              new Move(
                  "by itself '" + branch.name() + "' is",
                  by,
                  false,
                  w -> {
                    w.faults--;
                    w.held.put(branch.name(), by);
                    w.meddled.add(branch.name());
                  }));
        }
      }
    }
  }
}
