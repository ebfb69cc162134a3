package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Keys;
import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.runner.Causes;
import dev.concordat.runner.Outside;
import dev.concordat.runner.States;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call to the outside system: the call itself, a question, a void or a refund. */
final class ProviderCalling<S> implements Outside.Calling<ReservationState, ReservationStimulus> {

  private final Reservation<S> reservation;
  private final States<S> states;
  private final Instance<ReservationState, ?, ?, ?> instance;
  private final ReservationAction action;
  private final Pace.@Nullable Turn turn;
  private volatile @Nullable Evidence answered;
  private volatile long began;

  /** {@code turn} ends with the call, and is null for live calls. */
  ProviderCalling(
      Reservation<S> reservation,
      States<S> states,
      Instance<ReservationState, ?, ?, ?> instance,
      ReservationAction action,
      Pace.@Nullable Turn turn) {
    this.reservation = reservation;
    this.states = states;
    this.instance = instance;
    this.action = action;
    this.turn = turn;
  }

  @Override
  public String participant() {
    return reservation.provider();
  }

  @Override
  public Duration limit() {
    return reservation.plan().callTimeout();
  }

  @Override
  public boolean isAwaited(ReservationState state) {
    return action.equals(state.doing);
  }

  @Override
  public void starts() {
    began = instance.engine().platform().nanos();
  }

  /** Code that does not heed its interruption must not hold up the others. */
  void endTurn() {
    if (turn != null) {
      turn.ends(instance.engine().platform().nanos());
    }
  }

  @Override
  public Function<Instant, ReservationStimulus> call() throws Exception {
    ReservationState state = instance.state();
    requireWanted(state);
    Engine engine = instance.engine();
    Instant askedAt = engine.now();
    ProviderAnswer answer = answer(state, askedAt);
    double random = engine.platform().random();
    return switch (answer) {
      case ProviderAnswer.KeyMisused misused ->
          now ->
              new ReservationStimulus.Answered(
                  now, action, askedAt, null, misused.detail(), random);
      case ProviderAnswer.Found found -> {
        Evidence evidence = evidence(found, engine.now());
        answered = evidence;
        yield now ->
            new ReservationStimulus.Answered(
                now, action, askedAt, evidence, found.detail(), random);
      }
    };
  }

  /** It may have been cancelled, paused or decided while this call waited for its turn. */
  private void requireWanted(ReservationState state) {
    String unwanted = ReservationMachine.unwanted(state, action);
    if (unwanted != null) {
      throw new NotNowException(unwanted);
    }
  }

  private ProviderAnswer answer(ReservationState state, Instant now) throws Exception {
    S data = states.decode(state.data());
    ProviderCall call = call(state, now);
    boolean live = action.task() == ReservationTask.CALL;
    if (live && state.call != null && now.isAfter(state.call.until())) {
      // Whoever takes over counts on it that nothing is sent any more.
      throw new NotNowException("its time was over before it was sent");
    }
    if (action.task() == ReservationTask.REFUND
        && Failing.isTooLateToRefund(reservation.plan(), state, now)) {
      throw new NotNowException("the provider may have forgotten its key before it was sent");
    }
    try {
      ProviderAnswer answer =
          reservation
              .code()
              .guard()
              .call(
                  live ? ProviderGuard.Kind.LIVE : ProviderGuard.Kind.RECONCILE,
                  limit(),
                  () -> inTime(data, call));
      return Objects.requireNonNull(answer, "the provider's code returned null, not an answer");
    } catch (NotNowException e) {
      throw e;
    } catch (RefusedException e) {
      if (!live && action.task() != ReservationTask.REFUND) {
        throw new IllegalStateException(e.getMessage(), e);
      }
      return ProviderAnswer.refused(Causes.message(e));
    }
  }

  /** For the guard, silence until the limit is a failure of the provider; to be stopped is none. */
  private ProviderAnswer inTime(S data, ProviderCall call) throws Exception {
    if (turn != null) {
      turn.begins(instance.engine().platform().nanos());
    }
    boolean sent = true;
    try {
      return code().apply(data, call);
    } catch (NotNowException e) {
      sent = false;
      throw e;
    } catch (InterruptedException e) {
      if (instance.engine().platform().nanos() - began < limit().toNanos()) {
        throw e;
      }
      TimeoutException silent = new TimeoutException(silence());
      silent.initCause(e);
      throw silent;
    } finally {
      if (turn != null) {
        turn.returned(instance.engine().platform().nanos(), sent);
      }
    }
  }

  private String silence() {
    return "no answer within " + limit();
  }

  private ProviderAction<S> code() {
    ReservationCode<S> code = reservation.code();
    return Objects.requireNonNull(
        switch (action.task()) {
          case CALL -> code.call();
          case ASK -> code.status();
          case VOID -> code.voiding();
          case REFUND -> code.refund();
          default -> throw new IllegalStateException(action + " calls nobody");
        });
  }

  private ProviderCall call(ReservationState state, Instant now) {
    ReservationEvent.ReservationCorrectionStarted correction = state.correction;
    ReservationEvent.CallStarted intent = state.call;
    String chargeKey = correction != null ? correction.key() : Objects.requireNonNull(intent).key();
    Instant end = now.plus(limit());
    return new ProviderCall(
        correction == null ? chargeKey : refundKey(correction, instance.id()),
        chargeKey,
        intent == null ? "" : intent.requestHash(),
        reservation.provider(),
        instance.id(),
        state.amount(),
        state.findings.reference(),
        action.number(),
        end,
        limit(),
        Keys.traceparent(
            instance.uid(), state.trace, action.task().name(), action.number(), false));
  }

  /** The key of a refund, made of what is durable before it is asked for. */
  static String refundKey(ReservationEvent.ReservationCorrectionStarted correction, String id) {
    return Keys.key(java.util.UUID.fromString(correction.key()), "refund", id);
  }

  private Evidence evidence(ProviderAnswer.Found found, Instant now) {
    return new Evidence(
        action.task() == ReservationTask.ASK ? Source.STATUS : Source.ANSWER,
        found.finding(),
        found.amount(),
        found.reference(),
        action.task().name().toLowerCase(Locale.ROOT) + "-" + action.number(),
        now,
        found.detail());
  }

  /**
   * Posts the answer to the call where it did not get into the journal: nobody waited for it any
   * more, or another worker has taken over. It is evidence, also when all has ended.
   */
  void tellIfUnheard() {
    Evidence said = answered;
    if (said == null
        || action.task() != ReservationTask.CALL
        || instance.state().findings.knows(said)) {
      return;
    }
    Engine engine = instance.engine();
    String body = ReservationJournal.evidence(said);
    engine
        .certain(() -> engine.store().mailbox().post(instance.id(), EvidenceLetter.EVIDENCE, body))
        .ifPresent(posted -> engine.wakeFor(posted.no()));
  }

  /** Only where certainly nothing was sent it is anything but unknown. */
  @Override
  public ReservationStimulus failed(Throwable error) {
    boolean unsent = error instanceof NotNowException;
    return failed(
        unsent ? FailureKind.TRANSIENT : FailureKind.UNKNOWN, !unsent, Causes.message(error));
  }

  @Override
  public ReservationStimulus expired() {
    endTurn();
    return failed(FailureKind.UNKNOWN, true, silence());
  }

  private ReservationStimulus failed(FailureKind kind, boolean counted, @Nullable String message) {
    Engine engine = instance.engine();
    return new ReservationStimulus.Failed(
        engine.now(),
        action,
        new ReservationStimulus.Failure(kind, counted, String.valueOf(message), null),
        engine.platform().random());
  }
}
