package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.engine.Instance;
import dev.concordat.engine.StillBusy;
import dev.concordat.saga.SagaStimulus.Failure;
import dev.concordat.saga.SagaStimulus.StepResult;
import dev.concordat.store.Transactions;
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
    Engine engine = instance.engine();
    SagaListener.Moment moment = SagaRunner.moment(instance, saga);
    long began = engine.platform().nanos();
    for (String step : work.steps()) {
      moments.starts(moment, step, work.attempt(), work.compensating());
    }
    // No connection to be had is no failed attempt: the step has not been tried.
    try (Transactions.Local local = engine.certain(engine.store().transactions()::begin)) {
      Attempt attempt = new Attempt(engine.platform());
      Function<Instant, SagaStimulus> made =
          attempt.run(
              work.timeout(),
              () -> expired(instance, work, local),
              () -> work.run(local.connection()));
      for (String step : work.steps()) {
        moments.returned(moment, step, work.attempt(), work.compensating());
      }
      return instance.deliverWith(
          local, state -> work.isWanted(state) ? made.apply(engine.now()) : null);
    } catch (EngineStopped | Engine.BornTwice e) {
      throw e;
    } catch (StillBusy e) {
      // Rolled back, and its connection is free for whoever it waited for.
      return perform(instance, work);
    } catch (OutcomeUnknownException e) {
      return resolve(instance, work, e);
    } catch (Exception | Error e) {
      Duration took = Duration.ofNanos(engine.platform().nanos() - began);
      moments.threw(moment, work.last(), work.attempt(), work.compensating(), e, took);
      return instance.deliver(failure(engine, work, e));
    }
  }

  /**
   * The journal says whether the commit was applied; if not, the failure's entry makes it final.
   */
  private List<SagaAction> resolve(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      Work work,
      OutcomeUnknownException e) {
    return instance.reload().orElseGet(() -> instance.deliver(failure(instance.engine(), work, e)));
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

  private static void expired(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      Work work,
      Transactions.Local local) {
    Engine engine = instance.engine();
    local.abort();
    Failure failure =
        new Failure(
            FailureKind.TRANSIENT,
            "it did not end within " + work.timeout() + ", so its transaction was broken off",
            null);
    engine.go(instance, instance.deliver(failed(engine, work, failure)));
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
