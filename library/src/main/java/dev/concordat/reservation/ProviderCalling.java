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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call to the outside system: the call itself, a question, a void or a refund. */
final class ProviderCalling<S> implements Outside.Calling<ReservationState, ReservationStimulus> {

  private final Reservation<S> reservation;
  private final States<S> states;
  private final Instance<ReservationState, ?, ?, ?> instance;
  private final ReservationAction action;
  private volatile boolean expired;

  ProviderCalling(
      Reservation<S> reservation,
      States<S> states,
      Instance<ReservationState, ?, ?, ?> instance,
      ReservationAction action) {
    this.reservation = reservation;
    this.states = states;
    this.instance = instance;
    this.action = action;
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
  public Function<Instant, ReservationStimulus> call() throws Exception {
    ReservationState state = instance.state();
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
        if (expired) {
          tell(evidence);
        }
        yield now ->
            new ReservationStimulus.Answered(
                now, action, askedAt, evidence, found.detail(), random);
      }
    };
  }

  private ProviderAnswer answer(ReservationState state, Instant now) throws Exception {
    S data = states.decode(state.data());
    ProviderCall call = call(state, now);
    boolean live = action.task() == ReservationTask.CALL;
    try {
      ProviderAnswer answer =
          reservation
              .code()
              .guard()
              .call(
                  live ? ProviderGuard.Kind.LIVE : ProviderGuard.Kind.RECONCILE,
                  () -> code().apply(data, call));
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

  /** Nobody waits for the answer any more, but it is evidence, also when all has ended. */
  private void tell(Evidence evidence) {
    if (action.task() == ReservationTask.CALL) {
      Engine engine = instance.engine();
      engine
          .store()
          .mailbox()
          .post(instance.id(), EvidenceLetter.EVIDENCE, ReservationJournal.evidence(evidence))
          .ifPresent(posted -> engine.wakeFor(posted.no()));
    }
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
    expired = true;
    return failed(FailureKind.UNKNOWN, true, "no answer within " + limit());
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
