package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.Gateway.Charge;
import dev.concordat.reservation.Moves.Move;
import dev.concordat.reservation.ReservationStimulus.Request;
import dev.concordat.reservation.World.Books;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What can come of an action; the first of each is what comes of it when nothing goes wrong. */
final class Performing {

  private final Moves moves;
  private final Sketch sketch;

  Performing(Moves moves, Sketch sketch) {
    this.moves = moves;
    this.sketch = sketch;
  }

  /** The moves of one action of one part, with words for each. */
  private final class Ways {
    private final World world;
    private final int part;
    private final int index;
    private final List<Move> into;
    private final ReservationAction action;

    Ways(World world, int part, int index, List<Move> into) {
      this.world = world;
      this.part = part;
      this.index = index;
      this.into = into;
      this.action = world.parts.get(part).performing.get(index);
    }

    void way(String what, BiConsumer<World, Part> change) {
      into.add(
          new Move(
              part + " " + action.task() + " " + action.number() + ": " + what,
              w -> {
                Part mine = w.parts.get(part);
                mine.performing.remove(index);
                change.accept(w, mine);
              }));
    }

    void trouble(String what, BiConsumer<World, Part> change) {
      if (world.faults > 0) {
        way(
            what,
            (w, mine) -> {
              w.faults--;
              change.accept(w, mine);
            });
      }
    }

    void dies(String what, BiConsumer<World, Part> change) {
      if (world.crashes > 0) {
        way(
            what + ", and the worker dies",
            (w, mine) -> {
              change.accept(w, mine);
              moves.crash(w);
            });
      }
    }

    void waits() {
      trouble(
          "others come first",
          (w, mine) ->
              moves.deliver(
                  w, mine, new ReservationStimulus.Paced(w.now(), action, w.now().plusSeconds(1))));
    }

    void fails(String what, FailureKind kind) {
      trouble(what, (w, mine) -> moves.deliver(w, mine, Moves.failed(w, action, kind, true)));
    }
  }

  void of(World world, int part, int index, List<Move> into) {
    Ways ways = new Ways(world, part, index, into);
    switch (ways.action.task()) {
      case HOLD -> hold(ways);
      case CALL -> call(ways);
      case ASK -> ask(ways);
      case VOID -> voiding(ways);
      case CONFIRM, RELEASE, REVERSE -> local(ways);
      case CORRECT -> correct(ways);
      case REFUND -> refund(ways);
      case TELL -> tell(ways);
    }
  }

  private void hold(Ways ways) {
    ways.way(
        "held",
        (w, mine) -> {
          if (ways.action.equals(mine.live.doing)) {
            w.books = Books.HELD;
            moves.deliver(
                w,
                mine,
                new ReservationStimulus.Held(
                    w.now(),
                    ways.action.number(),
                    World.DATA,
                    Gateway.ALL,
                    new ReservationStimulus.Intent("key", "hash")));
          }
        });
    ways.way(
        "refused",
        (w, mine) ->
            moves.deliver(w, mine, Moves.failed(w, ways.action, FailureKind.REFUSED, true)));
    ways.fails("fails", FailureKind.TRANSIENT);
  }

  private void local(Ways ways) {
    ways.way(
        "committed",
        (w, mine) -> {
          if (ways.action.equals(mine.live.doing)) {
            commit(w, ways.action);
            moves.deliver(
                w, mine, new ReservationStimulus.LocalDone(w.now(), ways.action, World.DATA));
          }
        });
    ways.fails("fails", FailureKind.TRANSIENT);
  }

  private static void commit(World world, ReservationAction action) {
    switch (action.task()) {
      case CONFIRM -> {
        Laws.confirming(world);
        world.books = Books.CONFIRMED;
      }
      case RELEASE -> {
        Laws.releasing(world);
        world.books = Books.RELEASED;
      }
      default -> {
        if (world.books != Books.CONFIRMED) {
          throw new LawBroken("reversed without being confirmed");
        }
        world.books = Books.REVERSED;
      }
    }
  }

  private void call(Ways ways) {
    Charge charge = ways.world.gateway.charge;
    ways.way(
        "answered",
        (w, mine) -> {
          w.gateway.request(moves.isForgotten(w), w);
          answer(w, mine, ways.action, w.gateway.standing(), null);
        });
    if (charge == Charge.NONE) {
      firstCall(ways);
    }
    ways.trouble(
        "the answer is lost",
        (w, mine) -> {
          w.gateway.request(moves.isForgotten(w), w);
          unknown(w, mine, ways.action);
        });
    ways.trouble("the request is lost", (w, mine) -> unknown(w, mine, ways.action));
    ways.trouble(
        "the request is late",
        (w, mine) -> {
          unknown(w, mine, ways.action);
          w.late.add(w.clock + sketch.quiescence());
        });
    ways.dies("it is done", (w, mine) -> w.gateway.request(moves.isForgotten(w), w));
    // Who is thought dead may only be slow, and send until the time of its call is over.
    ways.dies(
        "the request is late",
        (w, mine) ->
            w.late.add(
                Math.max(
                        w.clock,
                        mine.live.call == null ? 0 : mine.live.call.until().getEpochSecond())
                    + sketch.quiescence()));
    ways.fails("nobody there", FailureKind.TRANSIENT);
    ways.trouble(
        "not now",
        (w, mine) ->
            moves.deliver(w, mine, Moves.failed(w, ways.action, FailureKind.TRANSIENT, false)));
  }

  /** What it may say besides when it has done nothing yet. */
  private void firstCall(Ways ways) {
    ways.way(
        "refused",
        (w, mine) -> {
          w.gateway.charge = Charge.REFUSED;
          answer(w, mine, ways.action, Finding.REFUSED, null);
        });
    ways.trouble(
        "pending",
        (w, mine) -> {
          w.gateway.charge = Charge.PENDING;
          answer(w, mine, ways.action, Finding.PENDING, null);
        });
    if (ways.world.partial > 0) {
      ways.way(
          "a part is taken",
          (w, mine) -> {
            w.partial--;
            w.gateway.moved = Gateway.PART;
            w.gateway.request(false, w);
            answer(w, mine, ways.action, Finding.DONE, null);
          });
    }
  }

  private void unknown(World world, Part mine, ReservationAction action) {
    Moves.pass(world, world.clock + 1);
    moves.deliver(world, mine, Moves.failed(world, action, FailureKind.UNKNOWN, true));
  }

  private void answer(
      World world, Part mine, ReservationAction action, Finding finding, @Nullable String ref) {
    Source source = action.task() == ReservationTask.ASK ? Source.STATUS : Source.ANSWER;
    Evidence plain = Moves.evidence(world, source, finding, action.task() + "-" + action.number());
    Evidence evidence =
        new Evidence(
            source, finding, plain.amount(), ref, plain.event(), plain.at(), plain.detail());
    moves.deliver(
        world,
        mine,
        new ReservationStimulus.Answered(world.now(), action, world.now(), evidence, "said", 0.5));
  }

  private void ask(Ways ways) {
    ways.way("answered", (w, mine) -> answer(w, mine, ways.action, w.gateway.standing(), null));
    ways.fails("no answer", FailureKind.UNKNOWN);
    ways.waits();
  }

  private void voiding(Ways ways) {
    ways.way("voided", (w, mine) -> answer(w, mine, ways.action, voided(w), "void"));
    ways.trouble(
        "the answer is lost",
        (w, mine) -> {
          voided(w);
          moves.deliver(w, mine, Moves.failed(w, ways.action, FailureKind.UNKNOWN, true));
        });
    ways.fails("the request is lost", FailureKind.UNKNOWN);
    ways.waits();
    ways.dies("it is voided", (w, mine) -> voided(w));
    if (ways.world.gateway.charge == Charge.DONE) {
      ways.trouble(
          "too late to void",
          (w, mine) -> {
            w.gateway.captured = true;
            answer(w, mine, ways.action, Finding.DONE, null);
          });
    }
  }

  private static Finding voided(World world) {
    Gateway gateway = world.gateway;
    if (gateway.charge == Charge.DONE && !gateway.captured) {
      gateway.takenBack(world, "void");
    } else if (gateway.charge == Charge.NONE || gateway.charge == Charge.PENDING) {
      gateway.charge = Charge.TOMBSTONE;
    }
    return gateway.standing();
  }

  private void correct(Ways ways) {
    ways.way(
        "begun",
        (w, mine) -> {
          begin(w, mine, ways.action.number());
          moves.deliver(w, mine, new ReservationStimulus.Passed(w.now(), ways.action, "late"));
        });
    ways.dies("begun", (w, mine) -> begin(w, mine, ways.action.number()));
  }

  private void begin(World world, Part of, int number) {
    if (world.parts.size() > number) {
      return;
    }
    ReservationEvent.LateFound late = of.live.late.get(number - 1);
    Part correction = new Part();
    world.parts.add(correction);
    moves.deliver(
        world,
        correction,
        new ReservationStimulus.BeginCorrection(
            world.now(),
            new ReservationEvent.ReservationCorrectionStarted(
                World.DATA,
                "first",
                "key",
                late.amount(),
                late.correction(),
                late.evidence(),
                world.now(),
                null)));
  }

  private void refund(Ways ways) {
    String key = "refund" + ways.part;
    ways.way(
        "refunded",
        (w, mine) -> {
          give(w, key);
          answer(w, mine, ways.action, Finding.REVERSED, key);
        });
    if (ways.world.partial > 0 && ways.world.gateway.refunds.isEmpty()) {
      ways.way(
          "a part is refunded",
          (w, mine) -> {
            w.partial--;
            w.gateway.partRefunded = true;
            w.gateway.partTakenBack(w, key);
            answer(w, mine, ways.action, Finding.REVERSED, key);
          });
    }
    if (sketch.keyLifetime() < Sketch.FOR_EVER) {
      ways.dies(
          "it is refunded, and for long nobody comes",
          (w, mine) -> {
            give(w, key);
            Moves.pass(w, w.clock + sketch.keyLifetime());
          });
    }
    ways.trouble(
        "the answer is lost",
        (w, mine) -> {
          give(w, key);
          moves.deliver(w, mine, Moves.failed(w, ways.action, FailureKind.UNKNOWN, true));
        });
    ways.fails("the request is lost", FailureKind.UNKNOWN);
    ways.waits();
    ways.dies("it is refunded", (w, mine) -> give(w, key));
  }

  private void give(World world, String key) {
    if (!world.gateway.partRefunded) {
      world.gateway.refund(world, key, sketch.keyLifetime());
    }
  }

  private void tell(Ways ways) {
    ways.way(
        "told",
        (w, mine) -> {
          Evidence refund = mine.live.findings.strongest(Finding.REVERSED);
          String ref = refund == null ? null : refund.reference();
          Evidence told =
              new Evidence(
                  Source.ANSWER,
                  Finding.REVERSED,
                  refund == null ? null : refund.amount(),
                  ref,
                  "refund" + ways.part,
                  w.now(),
                  "told");
          moves.post(w, w.first(), new Request.Says(told));
          moves.deliver(w, mine, new ReservationStimulus.Passed(w.now(), ways.action, "first"));
        });
  }
}
