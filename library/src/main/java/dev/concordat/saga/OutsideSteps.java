package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Outcome;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaStimulus.Failure;
import dev.concordat.saga.SagaStimulus.StepResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Performs calls to systems outside. */
final class OutsideSteps<S> {

  private final Saga<S> saga;
  private final States<S> states;
  private final Moments moments;
  private final Limits limits;

  OutsideSteps(Saga<S> saga, States<S> states, Moments moments, Limits limits) {
    this.saga = saga;
    this.states = states;
    this.moments = moments;
    this.limits = limits;
  }

  /** One call: what it is, and what its failure is as a stimulus. */
  private record Calling(
      String step,
      int attempt,
      boolean compensating,
      Duration timeout,
      Function<Failure, SagaStimulus> failed) {}

  List<SagaAction> run(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      SagaAction.RunOutside action) {
    StepPlan step = saga.plan().step(action.step());
    OutsideAction<S> code = Objects.requireNonNull(saga.code(step.name()).outside());
    Payload before = before(instance, step);
    return perform(
        instance,
        forward(instance, step, action.attempt()),
        () -> {
          Call call = Calls.of(saga, instance, step, action.attempt(), false);
          S given = states.decode(before);
          S after =
              moments.call(site(instance, call, Around.Kind.STEP), () -> code.apply(given, call));
          Payload changed = states.encodeIfChanged(before, after);
          return now ->
              new SagaStimulus.Succeeded(
                  now, action.attempt(), List.of(new StepResult(step.name(), false, changed)));
        });
  }

  List<SagaAction> lookUp(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, SagaAction.LookUp action) {
    StepPlan step = saga.plan().step(action.step());
    LookUp<S> code = Objects.requireNonNull(saga.code(step.name()).lookUp());
    Payload before = before(instance, step);
    return perform(
        instance,
        forward(instance, step, action.attempt()),
        () -> {
          Call call = Calls.of(saga, instance, step, action.attempt(), false);
          Outcome<StepResult> outcome = encoded(step, before, asked(instance, code, before, call));
          double random = instance.engine().platform().random();
          return now -> SagaRunner.answered(now, action, outcome, random);
        });
  }

  private Around.Site site(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      Call call,
      Around.Kind kind) {
    return new Around.Site(
        SagaRunner.moment(instance, saga), call.step(), kind, call.attempt(), call);
  }

  private Outcome<S> asked(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      LookUp<S> code,
      Payload before,
      Call call)
      throws Exception {
    try {
      S given = states.decode(before);
      return moments.call(site(instance, call, Around.Kind.LOOK_UP), () -> code.apply(given, call));
    } catch (Exception | Error e) {
      return new Outcome.Unknown<>(Failures.message(e));
    }
  }

  private Outcome<StepResult> encoded(StepPlan step, Payload before, Outcome<S> outcome) {
    return outcome.map(
        state -> new StepResult(step.name(), false, states.encodeIfChanged(before, state)));
  }

  List<SagaAction> compensate(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      SagaAction.CompensateOutside action) {
    StepPlan step = saga.plan().step(action.step());
    OutsideCompensation<S> code = Objects.requireNonNull(saga.code(step.name()).outsideUndo());
    Payload before = before(instance, step);
    Engine engine = instance.engine();
    Calling calling =
        new Calling(
            step.name(),
            action.attempt(),
            true,
            step.undoTimeout(),
            failure ->
                new SagaStimulus.CompensationFailed(
                    engine.now(),
                    step.name(),
                    action.attempt(),
                    failure,
                    engine.platform().random()));
    return perform(
        instance,
        calling,
        () -> {
          Call call = Calls.of(saga, instance, step, action.attempt(), true);
          S given = states.decode(before);
          moments.<@Nullable Void>call(
              site(instance, call, Around.Kind.COMPENSATION),
              () -> {
                code.apply(given, call);
                return null;
              });
          return now -> new SagaStimulus.Compensated(now, step.name(), action.attempt());
        });
  }

  private Payload before(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, StepPlan step) {
    return instance.state().dataIn(saga.plan().branchOf(step.name()));
  }

  private Calling forward(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      StepPlan step,
      int attempt) {
    Engine engine = instance.engine();
    return new Calling(
        step.name(),
        attempt,
        false,
        step.timeout(),
        failure ->
            new SagaStimulus.Failed(
                engine.now(), step.name(), attempt, failure, engine.platform().random()));
  }

  private List<SagaAction> perform(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      Calling calling,
      Callable<Function<Instant, SagaStimulus>> code) {
    Runnable endOfTurn = limits.takeTurn(saga.code(calling.step()).participant());
    try {
      return isAwaited(instance, calling)
          ? instance.deliver(outcome(instance, calling, code, endOfTurn))
          : List.of();
    } finally {
      endOfTurn.run();
    }
  }

  /** While it waited for its turn, the saga may have been cancelled, taken over or shut down. */
  private static boolean isAwaited(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, Calling calling) {
    StepState now = instance.state().of(calling.step());
    return !instance.isGone()
        && !instance.engine().isStopping()
        && now.inFlight()
        && now.attempts() == calling.attempt()
        && now.goingBack() == calling.compensating();
  }

  private SagaStimulus outcome(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      Calling calling,
      Callable<Function<Instant, SagaStimulus>> code,
      Runnable endOfTurn) {
    Engine engine = instance.engine();
    SagaListener.Moment moment = SagaRunner.moment(instance, saga);
    long began = engine.platform().nanos();
    moments.starts(moment, calling.step(), calling.attempt(), calling.compensating());
    try {
      Function<Instant, SagaStimulus> made =
          new Attempt(engine.platform())
              .run(
                  calling.timeout(),
                  () -> {
                    // Code that does not heed its interruption must not hold up the others.
                    endOfTurn.run();
                    expired(instance, calling);
                  },
                  code);
      moments.returned(moment, calling.step(), calling.attempt(), calling.compensating());
      return made.apply(engine.now());
    } catch (Exception | Error e) {
      Duration took = Duration.ofNanos(engine.platform().nanos() - began);
      moments.threw(moment, calling.step(), calling.attempt(), calling.compensating(), e, took);
      StepPlan step = saga.plan().step(calling.step());
      return calling.failed().apply(Failures.of(e, step, saga.code(step.name()), false));
    }
  }

  private static void expired(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, Calling calling) {
    Failure failure =
        new Failure(FailureKind.UNKNOWN, "no answer within " + calling.timeout(), null);
    instance.engine().go(instance, instance.deliver(calling.failed().apply(failure)));
  }
}
