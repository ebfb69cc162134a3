package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Verb;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.Gateway.Charge;
import dev.concordat.reservation.ReservationStimulus.Request;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All that can happen next in a world. */
final class Moves {

  /** One of them. */
  record Move(String name, Consumer<World> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final Sketch sketch;
  private final Decider machine;
  private final Performing performing;

  Moves(Sketch sketch, Decider machine) {
    this.sketch = sketch;
    this.machine = machine;
    this.performing = new Performing(this, sketch);
  }

  void deliver(World world, Part part, ReservationStimulus stimulus) {
    ReservationDecision decision = machine.decide(sketch.plan(), part.live, stimulus);
    Laws.decided(part, decision);
    part.take(decision);
  }

  void post(World world, Part part, Request request) {
    part.mailbox.add(request);
    takeLetters(world, part);
  }

  private void takeLetters(World world, Part part) {
    while (part.live.lettersTaken < part.mailbox.size()) {
      int next = part.live.lettersTaken + 1;
      Request request = part.mailbox.get(next - 1);
      deliver(world, part, new ReservationStimulus.Letter(world.now(), next, request));
      if (part.live.lettersTaken < next) {
        throw new LawBroken("a letter is not taken up: " + request);
      }
    }
  }

  void crash(World world) {
    world.crashes--;
    world.parts.forEach(Part::crash);
    for (Part part : List.copyOf(world.parts)) {
      deliver(world, part, new ReservationStimulus.Opened(world.now(), null));
      takeLetters(world, part);
    }
  }

  List<Move> of(World world) {
    List<Move> moves = new ArrayList<>();
    for (int i = 0; i < world.parts.size(); i++) {
      for (int k = 0; k < world.parts.get(i).performing.size(); k++) {
        performing.of(world, i, k, moves);
      }
    }
    if (world.crashes > 0) {
      moves.add(new Move("crash", this::crash));
    }
    if (world.cancels > 0 && !world.first().live.isFinal()) {
      moves.add(
          new Move(
              "somebody cancels",
              w -> {
                w.cancels--;
                post(w, w.first(), new Request.Operate(Verb.CANCEL, "tester", "enough", null));
              }));
    }
    ofProvider(world, moves);
    Move tick = tick(world);
    if (tick != null) {
      moves.add(tick);
    }
    return moves;
  }

  private void ofProvider(World world, List<Move> moves) {
    if (!world.late.isEmpty()) {
      moves.add(new Move("a late request arrives", this::arrive));
    }
    Charge charge = world.gateway.charge;
    boolean asked = world.first().live.maybeSent && world.gateway.taken == 0;
    if (world.lies > 0 && asked && charge != Charge.PENDING) {
      moves.add(
          new Move(
              "the provider does what it said it would not",
              w -> {
                w.lies--;
                w.lied = true;
                w.gateway.done(w);
              }));
    }
    if (world.chargebacks > 0 && charge == Charge.DONE) {
      moves.add(
          new Move(
              "others take it back",
              w -> {
                w.chargebacks--;
                w.chargedBack = true;
                w.gateway.takenBack(w, "others");
              }));
    }
    if (world.partBacks > 0 && charge == Charge.DONE) {
      moves.add(
          new Move(
              "others take a part of it back",
              w -> {
                w.partBacks--;
                w.chargedBack = true;
                w.gateway.partTakenBack(w, "a part");
              }));
    }
    if (charge == Charge.PENDING) {
      moves.add(new Move("what was pending is done", w -> w.gateway.done(w)));
      moves.add(
          new Move(
              "what was pending is refused",
              w -> {
                w.gateway.charge = Charge.REFUSED;
                w.gateway.tell(w, Finding.REFUSED, "charge");
              }));
    }
    for (int i = 0; i < world.gateway.callbacks.size(); i++) {
      int index = i;
      moves.add(new Move("callback", w -> callBack(w, index, true)));
      if (world.duplicates > 0) {
        moves.add(
            new Move(
                "callback, and the same again later",
                w -> {
                  w.duplicates--;
                  callBack(w, index, false);
                }));
      }
    }
  }

  private void arrive(World world) {
    world.late.remove(0);
    world.gateway.request(isForgotten(world), world);
  }

  boolean isForgotten(World world) {
    Instant first = world.first().live.firstCallAt;
    return first != null && !world.now().isBefore(first.plusSeconds(sketch.keyLifetime()));
  }

  private void callBack(World world, int index, boolean last) {
    Evidence evidence = world.gateway.callbacks.get(index);
    if (last) {
      world.gateway.callbacks.remove(index);
    }
    post(world, world.first(), new Request.Says(evidence));
  }

  private @Nullable Move tick(World world) {
    Instant next = null;
    for (Part part : world.parts) {
      Instant wake = ReservationMachine.wakeAt(sketch.plan(), part.live, world.now());
      next = next == null || (wake != null && wake.isBefore(next)) ? wake : next;
    }
    if (next == null) {
      return null;
    }
    long then = Math.max(world.clock, next.getEpochSecond());
    return new Move(
        "at " + then,
        w -> {
          pass(w, then);
          for (Part part : List.copyOf(w.parts)) {
            deliver(w, part, new ReservationStimulus.Tick(w.now()));
          }
        });
  }

  static void pass(World world, long then) {
    world.clock = then;
    world.late.removeIf(until -> until <= then);
  }

  /** What happens when nothing goes wrong any more, and people do their part; null at the end. */
  @Nullable Move fair(World world) {
    for (int i = 0; i < world.parts.size(); i++) {
      if (!world.parts.get(i).performing.isEmpty()) {
        List<Move> moves = new ArrayList<>();
        performing.of(world, i, 0, moves);
        return moves.get(0);
      }
    }
    if (!world.late.isEmpty()) {
      return new Move("a late request arrives", this::arrive);
    }
    if (world.gateway.charge == Charge.PENDING) {
      return new Move("what was pending is done", w -> w.gateway.done(w));
    }
    if (!world.gateway.callbacks.isEmpty()) {
      return new Move("callback", w -> callBack(w, 0, true));
    }
    for (int i = 0; i < world.parts.size(); i++) {
      int index = i;
      if (world.parts.get(i).live.attention != null) {
        return new Move("a person looks", w -> attend(w, w.parts.get(index)));
      }
    }
    return tick(world);
  }

  private void attend(World world, Part part) {
    ReservationEvent.AttentionNeeded attention = part.live.attention;
    ReservationBreak broken = attention == null ? null : attention.broken();
    if (broken == null) {
      post(world, part, new Request.Operate(Verb.RETRY, "tester", null, null));
    } else if (part != world.first()) {
      world.personDecided = true;
      post(world, part, new Request.Operate(Verb.SKIP, "tester", "put right", null));
    } else {
      post(world, part, new Request.Operate(Verb.SUPPLY, "tester", "looked", truth(world, broken)));
    }
  }

  private static Evidence truth(World world, ReservationBreak broken) {
    Gateway gateway = world.gateway;
    if (broken == ReservationBreak.AMOUNT_DIFFERS && gateway.charge == Charge.DONE) {
      gateway.charge = Charge.VOIDED;
      gateway.given++;
    }
    gateway.charge = gateway.charge == Charge.NONE ? Charge.TOMBSTONE : gateway.charge;
    return evidence(world, Source.PERSON, gateway.standing(), "person");
  }

  static Evidence evidence(World world, Source source, Finding finding, String event) {
    boolean moved = finding == Finding.DONE || finding == Finding.REVERSED;
    Money amount = moved ? world.gateway.amount() : null;
    return new Evidence(source, finding, amount, null, event, world.now(), "looked at");
  }

  static ReservationStimulus.Failed failed(
      World world, ReservationAction action, FailureKind kind, boolean counted) {
    return new ReservationStimulus.Failed(
        world.now(), action, new ReservationStimulus.Failure(kind, counted, "trouble", null), 0.5);
  }
}
