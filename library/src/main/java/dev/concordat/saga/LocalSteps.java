package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import dev.concordat.runner.InTransaction;
import dev.concordat.runner.States;
import dev.concordat.saga.SagaStimulus.Failure;
import dev.concordat.saga.SagaStimulus.StepResult;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Performs what runs in one transaction with the journal. */
final class LocalSteps<S> {

  private final Saga<S> saga;
  private final States<S> states;
  private final Moments moments;

  LocalSteps(Saga<S> saga, States<S> states, Moments moments) {
    this.saga = saga;
    this.states = states;
    this.moments = moments;
  }

  /** A piece of local work: what runs, what success and failure are. */
  interface Work {
    /** The step that leads those that share the commit. */
    String step();

    /** The step whose code ran last, which is the one that failed if one did. */
    default String last() {
      return step();
    }

    /** Every step that shares the commit. */
    default List<String> steps() {
      return List.of(step());
    }

    int attempt();

    boolean compensating();

    Duration timeout();

    /** Runs business code; the result makes the stimulus. */
    Function<Instant, SagaStimulus> run(Connection connection) throws Exception;

    boolean isWanted(SagaState state);
  }

  List<SagaAction> run(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, SagaAction.RunLocal a) {
    return perform(instance, new Forwards(instance, a));
  }

  List<SagaAction> compensate(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      SagaAction.CompensateLocal a) {
    return perform(instance, new Backwards(instance, a));
  }

  List<SagaAction> perform(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, Work work) {
    return InTransaction.perform(instance, new Performed(instance, work));
  }

  /** The work as the engine performs it, with listeners that hear of it. */
  private final class Performed implements InTransaction.Work<SagaState, SagaStimulus> {
    private final Engine engine;
    private final SagaListener.Moment moment;
    private final Work work;

    Performed(Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, Work work) {
      this.engine = instance.engine();
      this.moment = SagaRunner.moment(instance, saga);
      this.work = work;
    }

    @Override
    public Duration limit() {
      return work.timeout();
    }

    @Override
    public void starts() {
      for (String step : work.steps()) {
        moments.starts(moment, step, work.attempt(), work.compensating());
      }
    }

    @Override
    public Function<Instant, SagaStimulus> run(Connection connection) throws Exception {
      return work.run(connection);
    }

    @Override
    public void returned() {
      for (String step : work.steps()) {
        moments.returned(moment, step, work.attempt(), work.compensating());
      }
    }

    @Override
    public boolean isWanted(SagaState state) {
      return work.isWanted(state);
    }

    @Override
    public void threw(Throwable error, Duration took) {
      moments.threw(moment, work.last(), work.attempt(), work.compensating(), error, took);
    }

    @Override
    public SagaStimulus failed(Throwable error) {
      return failure(engine, work, error);
    }

    @Override
    public SagaStimulus expired() {
      return LocalSteps.failed(
          engine,
          work,
          new Failure(
              FailureKind.TRANSIENT,
              "it did not end within " + work.timeout() + ", so its transaction was broken off",
              null));
    }
  }

  private SagaStimulus failure(Engine engine, Work work, Throwable error) {
    String last = work.last();
    Failure failure = Failures.of(error, saga.plan().step(last), saga.code(last), true);
    return failed(engine, work, last.equals(work.step()) ? failure : failure.in(last));
  }

  private static SagaStimulus failed(Engine engine, Work work, Failure failure) {
    double random = engine.platform().random();
    return work.compensating()
        ? new SagaStimulus.CompensationFailed(
            engine.now(), work.step(), work.attempt(), failure, random)
        : new SagaStimulus.Failed(engine.now(), work.step(), work.attempt(), failure, random);
  }

  private final class Forwards implements Work {
    private final Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance;
    private final SagaAction.RunLocal action;
    private volatile String last;

    Forwards(
        Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
        SagaAction.RunLocal action) {
      this.instance = instance;
      this.action = action;
      this.last = action.steps().get(0);
    }

    @Override
    public String step() {
      return action.steps().get(0);
    }

    @Override
    public String last() {
      return last;
    }

    @Override
    public List<String> steps() {
      return action.steps();
    }

    @Override
    public int attempt() {
      return action.attempt();
    }

    @Override
    public boolean compensating() {
      return false;
    }

    @Override
    public Duration timeout() {
      return action.steps().stream()
          .map(step -> saga.plan().step(step).timeout())
          .reduce(Duration.ZERO, Duration::plus);
    }

    @Override
    public Function<Instant, SagaStimulus> run(Connection connection) throws Exception {
      Payload before = instance.state().dataIn(saga.plan().branchOf(step()));
      List<StepResult> results = new ArrayList<>(action.steps().size());
      for (String step : action.steps()) {
        LocalAction<S> code = Objects.requireNonNull(saga.code(step).local());
        S given = states.decode(before);
        last = step;
        S state = moments.call(site(step), () -> code.apply(connection, given));
        @Nullable Payload changed = states.encodeIfChanged(before, state);
        results.add(new StepResult(step, false, changed));
        before = changed == null ? before : changed;
      }
      return now -> new SagaStimulus.Succeeded(now, action.attempt(), results);
    }

    private Around.Site site(String step) {
      return new Around.Site(
          SagaRunner.moment(instance, saga), step, Around.Kind.STEP, action.attempt(), null);
    }

    @Override
    public boolean isWanted(SagaState state) {
      StepState now = state.of(step());
      return now.phase() == StepState.Phase.RUNNING && now.attempts() == action.attempt();
    }
  }

  private final class Backwards implements Work {
    private final Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance;
    private final SagaAction.CompensateLocal action;

    Backwards(
        Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
        SagaAction.CompensateLocal action) {
      this.instance = instance;
      this.action = action;
    }

    @Override
    public String step() {
      return action.step();
    }

    @Override
    public int attempt() {
      return action.attempt();
    }

    @Override
    public boolean compensating() {
      return true;
    }

    @Override
    public Duration timeout() {
      return saga.plan().step(action.step()).undoTimeout();
    }

    @Override
    public Function<Instant, SagaStimulus> run(Connection connection) throws Exception {
      Payload data = instance.state().dataIn(saga.plan().branchOf(action.step()));
      LocalCompensation<S> code = Objects.requireNonNull(saga.code(action.step()).localUndo());
      Around.Site site =
          new Around.Site(
              SagaRunner.moment(instance, saga),
              action.step(),
              Around.Kind.COMPENSATION,
              action.attempt(),
              null);
      moments.<@Nullable Void>call(
          site,
          () -> {
            code.apply(connection, states.decode(data));
            return null;
          });
      return now -> new SagaStimulus.Compensated(now, action.step(), action.attempt());
    }

    @Override
    public boolean isWanted(SagaState state) {
      StepState now = state.of(action.step());
      return now.phase() == StepState.Phase.COMPENSATION_RUNNING
          && now.attempts() == action.attempt();
    }
  }
}
