package dev.concordat.tcc;

import dev.concordat.core.FailureKind;
import dev.concordat.core.RetryPolicy;
import dev.concordat.engine.Instance;
import dev.concordat.runner.Causes;
import dev.concordat.runner.InTransaction;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;

/**
 * One operation of a local branch, in one transaction with the journal.
 *
 * @param <S> the state
 */
final class TccInside<S> implements InTransaction.Work<TccState, TccStimulus> {

  private final TccRunner<S> runner;
  private final Instance<TccState, TccStimulus, TccEvent, TccAction> instance;
  private final TccAction action;
  private final TccMoments.Attempt moments;

  TccInside(
      TccRunner<S> runner,
      Instance<TccState, TccStimulus, TccEvent, TccAction> instance,
      TccAction action) {
    this.runner = runner;
    this.instance = instance;
    this.action = action;
    this.moments = runner.moments().attempt(instance, runner.tcc(), action);
  }

  @Override
  public Duration limit() {
    return runner.tcc().limit(action.operation());
  }

  @Override
  public void starts() {
    moments.starts();
  }

  @Override
  public Function<Instant, TccStimulus> run(Connection connection) throws Exception {
    TccLocal<S> code = Objects.requireNonNull(runner.tcc().code(action.branch()).local());
    TccState state = instance.state();
    S given = runner.states().decode(state.accepted().input());
    TccBranchId branch = new TccBranchId(state.transaction(), action.branch());
    moments.run(() -> {
      switch (action.operation()) {
        case TRY -> code.hold(connection, given, branch);
        case CONFIRM -> code.confirm(connection, given, branch);
        case CANCEL -> code.cancel(connection, given, branch);
      }
      return branch;
    });
    return now ->
        new TccStimulus.Done(now, action.operation(), action.branch(), action.attempt(), null);
  }

  @Override
  public boolean isWanted(TccState state) {
    return state.isAsking(action.operation(), action.branch(), action.attempt());
  }

  @Override
  public void returned() {
    moments.returned();
  }

  @Override
  public void threw(Throwable error, Duration took) {
    moments.threw(error, took);
  }

  @Override
  public TccStimulus failed(Throwable error) {
    FailureKind kind = Causes.kind(error, true);
    if (kind == FailureKind.REFUSED) {
      return new TccStimulus.Refused(
          instance.engine().now(),
          action.operation(),
          action.branch(),
          action.attempt(),
          TccAnswer.Code.REFUSED,
          Causes.message(error));
    }
    TccPlan plan = runner.tcc().plan();
    RetryPolicy policy =
        action.operation() == TccOperation.TRY ? plan.tryRetry() : plan.confirmRetry();
    boolean named = kind == FailureKind.UNEXPECTED && policy.namesForRetry(error);
    return failed(named ? FailureKind.TRANSIENT : kind, Causes.message(error));
  }

  @Override
  public TccStimulus expired() {
    return failed(
        FailureKind.TRANSIENT,
        "it did not end within " + limit() + ", so its transaction was broken off");
  }

  private TccStimulus failed(FailureKind kind, String message) {
    return new TccStimulus.Failed(
        instance.engine().now(),
        action.operation(),
        action.branch(),
        action.attempt(),
        kind,
        message,
        instance.engine().platform().random());
  }
}
