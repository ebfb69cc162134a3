package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Outcome;
import dev.concordat.core.Payload;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import dev.concordat.runner.Outside;
import dev.concordat.runner.States;
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
  private final Outside outside;

  OutsideSteps(Saga<S> saga, States<S> states, Moments moments, Outside outside) {
    this.saga = saga;
    this.states = states;
    this.moments = moments;
    this.outside = outside;
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
    return outside.perform(instance, new Performed(instance, calling, code));
  }

  /** The call as the engine makes it, with listeners that hear of it. */
  private final class Performed implements Outside.Calling<SagaState, SagaStimulus> {
    private final SagaListener.Moment moment;
    private final Calling calling;
    private final Callable<Function<Instant, SagaStimulus>> code;

    Performed(
        Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
        Calling calling,
        Callable<Function<Instant, SagaStimulus>> code) {
      this.moment = SagaRunner.moment(instance, saga);
      this.calling = calling;
      this.code = code;
    }

    @Override
    public @Nullable String participant() {
      return saga.code(calling.step()).participant();
    }

    @Override
    public Duration limit() {
      return calling.timeout();
    }

    @Override
    public boolean isAwaited(SagaState state) {
      StepState now = state.of(calling.step());
      return now.inFlight()
          && now.attempts() == calling.attempt()
          && now.goingBack() == calling.compensating();
    }

    @Override
    public void starts() {
      moments.starts(moment, calling.step(), calling.attempt(), calling.compensating());
    }

    @Override
    public Function<Instant, SagaStimulus> call() throws Exception {
      return code.call();
    }

    @Override
    public void returned() {
      moments.returned(moment, calling.step(), calling.attempt(), calling.compensating());
    }

    @Override
    public void threw(Throwable error, Duration took) {
      moments.threw(moment, calling.step(), calling.attempt(), calling.compensating(), error, took);
    }

    @Override
    public SagaStimulus failed(Throwable error) {
      StepPlan step = saga.plan().step(calling.step());
      return calling.failed().apply(Failures.of(error, step, saga.code(step.name()), false));
    }

    @Override
    public SagaStimulus expired() {
      return calling
          .failed()
          .apply(new Failure(FailureKind.UNKNOWN, "no answer within " + calling.timeout(), null));
    }
  }
}
