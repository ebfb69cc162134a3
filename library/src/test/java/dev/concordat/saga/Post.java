package dev.concordat.saga;

import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import dev.concordat.saga.Moves.Move;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaStimulus.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Letters: what operators ask and what signals come. Each is delivered three times, once of them
 * before its turn, and taken once.
 */
final class Post {

  private static final Payload NOTHING = new Payload("\"\"", true);

  private final Sketch sketch;
  private final Host host;

  Post(Sketch sketch, Host host) {
    this.sketch = sketch;
    this.host = host;
  }

  void of(World world, List<Move> moves) {
    if (world.letters > 0) {
      for (Verb verb : sketch.verbs()) {
        moves.add(
            new Move(
                "letter",
                verb,
                false,
                w -> {
                  w.letters--;
                  deliver(w, operate(w, verb));
                }));
      }
    }
    if (world.signals > 0) {
      for (StepPlan step : sketch.plan().allSteps()) {
        if (step.signal() != null) {
          moves.add(
              new Move(
                  "signal",
                  step.signal(),
                  false,
                  w -> {
                    w.signals--;
                    deliver(w, new Request.Signal(step.signal(), NOTHING));
                  }));
        }
      }
    }
  }

  /** What a person says to an instance that waits for one. */
  @Nullable Move remedy(World world) {
    Verb verb =
        world.live.paused() ? Verb.RESUME : world.live.attention() != null ? Verb.RETRY : null;
    return verb == null ? null : new Move("letter", verb, true, w -> deliver(w, operate(w, verb)));
  }

  @Nullable Move awaitedSignal(World world) {
    for (StepPlan step : sketch.plan().allSteps()) {
      boolean awaiting = world.live.of(step.name()).phase() == StepState.Phase.AWAITING;
      if (step.signal() != null && awaiting) {
        Request signal = new Request.Signal(step.signal(), NOTHING);
        return new Move("signal", step.signal(), true, w -> deliver(w, signal));
      }
    }
    return null;
  }

  private Request operate(World world, Verb verb) {
    SagaEvent.AttentionNeeded attention = world.live.attention();
    String step = attention == null ? null : attention.step();
    Payload result =
        verb == Verb.SUPPLY && step != null
            ? Host.with(world.live.dataIn(sketch.plan().branchOf(step)), step)
            : verb == Verb.SUPPLY ? NOTHING : null;
    return new Request.Operate(verb, "anna", "so be it", result);
  }

  private void deliver(World world, Request request) {
    deliver(host, world, request);
  }

  static void deliver(Host host, World world, Request request) {
    int letter = ++world.posted;
    SagaStimulus early = new SagaStimulus.Letter(world.now(), letter + 1, request);
    host.laws().ignoredLetter(letter + 1, host.deliver(world, early));
    SagaStimulus stimulus = new SagaStimulus.Letter(world.now(), letter, request);
    host.laws().tookLetter(letter, host.deliver(world, stimulus));
    host.laws().ignoredLetter(letter, host.deliver(world, stimulus));
  }
}
