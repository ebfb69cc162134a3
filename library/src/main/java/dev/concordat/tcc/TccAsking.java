package dev.concordat.tcc;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Keys;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import dev.concordat.runner.Causes;
import dev.concordat.runner.Outside;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call of a participant. */
final class TccAsking implements Outside.Calling<TccState, TccStimulus> {

  private final TccRunner<?> runner;
  private final Instance<TccState, TccStimulus, TccEvent, TccAction> instance;
  private final TccAction action;
  private final Duration limit;
  private final TccMoments.Attempt moments;

  TccAsking(
      TccRunner<?> runner,
      Instance<TccState, TccStimulus, TccEvent, TccAction> instance,
      TccAction action) {
    this.runner = runner;
    this.instance = instance;
    this.action = action;
    this.limit = runner.tcc().limit(action.operation());
    this.moments = runner.moments().attempt(instance, runner.tcc(), action);
  }

  @Override
  public String participant() {
    return action.branch();
  }

  @Override
  public Duration limit() {
    return limit;
  }

  @Override
  public boolean isAwaited(TccState state) {
    return state.isAsking(action.operation(), action.branch(), action.attempt());
  }

  @Override
  public void starts() {
    moments.starts();
  }

  @Override
  public Function<Instant, TccStimulus> call() throws Exception {
    TccParticipant participant =
        Objects.requireNonNull(runner.tcc().code(action.branch()).participant());
    TccCall asked = asked();
    TccAnswer answer = moments.ask(asked, () -> participant.answer(asked));
    TccStimulus made = answer == null ? unknown("it answered null") : stimulus(answer);
    return now -> at(now, made);
  }

  private TccCall asked() {
    TccState state = instance.state();
    Engine engine = instance.engine();
    Instant now = engine.now();
    Instant end = now.plus(limit);
    boolean trying = action.operation() == TccOperation.TRY;
    boolean sooner = trying && state.deadline().isBefore(end) && state.deadline().isAfter(now);
    Instant deadline = sooner ? state.deadline() : end;
    return new TccCall(
        new TccBranchId(state.transaction(), action.branch()),
        action.operation(),
        runner.texts().open(Objects.requireNonNull(state.body(action.branch()))),
        action.attempt(),
        state.accepted().holdUntil(),
        deadline,
        Duration.between(now, deadline),
        Keys.traceparent(
            instance.uid(),
            state.accepted().trace(),
            action.operation() + " " + action.branch(),
            action.attempt(),
            action.operation() == TccOperation.CANCEL));
  }

  private TccStimulus stimulus(TccAnswer answer) {
    return switch (answer) {
      case TccAnswer.Done done -> done(done.result());
      case TccAnswer.Refused said ->
          new TccStimulus.Refused(
              Instant.EPOCH,
              action.operation(),
              action.branch(),
              action.attempt(),
              said.code(),
              said.reason());
      case TccAnswer.Unknown said -> unknown(said.detail(), said.notBefore());
    };
  }

  /** A try whose result cannot be kept is no try to go on with; what is decided must end anyway. */
  private TccStimulus done(String given) {
    String result;
    try {
      result = runner.texts().result(given);
    } catch (RuntimeException e) {
      if (action.operation() == TccOperation.TRY) {
        return unknown("it is done, but " + Causes.message(e));
      }
      result = null;
    }
    return new TccStimulus.Done(
        Instant.EPOCH, action.operation(), action.branch(), action.attempt(), result);
  }

  private TccStimulus unknown(String message) {
    return unknown(message, null);
  }

  private TccStimulus unknown(String message, @Nullable Duration notBefore) {
    return new TccStimulus.Failed(
        instance.engine().now(),
        action.operation(),
        action.branch(),
        action.attempt(),
        FailureKind.UNKNOWN,
        message,
        instance.engine().platform().random(),
        notBefore);
  }

  private static TccStimulus at(Instant now, TccStimulus made) {
    return switch (made) {
      case TccStimulus.Done s ->
          new TccStimulus.Done(now, s.operation(), s.branch(), s.attempt(), s.result());
      case TccStimulus.Refused s ->
          new TccStimulus.Refused(
              now, s.operation(), s.branch(), s.attempt(), s.code(), s.reason());
      default -> made;
    };
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
    return unknown(Causes.message(error));
  }

  @Override
  public TccStimulus expired() {
    return unknown("no answer within " + limit);
  }
}
