package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Keys;
import dev.concordat.core.Payload;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.runner.Causes;
import dev.concordat.runner.InTransaction;
import dev.concordat.runner.States;
import dev.concordat.store.Holds;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;

/** What runs in one transaction with the journal. */
final class LocalWork<S> implements InTransaction.Work<ReservationState, ReservationStimulus> {

  private final Reservation<S> reservation;
  private final States<S> states;
  private final Instance<ReservationState, ?, ?, ?> instance;
  private final ReservationAction action;

  LocalWork(
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
  public Duration limit() {
    return reservation.plan().callTimeout();
  }

  @Override
  public boolean isWanted(ReservationState state) {
    return action.equals(state.doing);
  }

  @Override
  public Function<Instant, ReservationStimulus> run(Connection connection) throws Exception {
    ReservationState now = instance.state();
    S state = states.decode(now.data());
    if (action.task() == ReservationTask.HOLD) {
      return hold(connection, state);
    }
    ReservationCode<S> code = reservation.code();
    S after =
        switch (action.task()) {
          case CONFIRM -> code.confirm().apply(connection, state, evidence(now, Finding.DONE));
          case RELEASE -> code.release().apply(connection, state);
          case REVERSE ->
              Objects.requireNonNull(code.reverse())
                  .apply(connection, state, evidence(now, Finding.REVERSED));
          default -> throw new IllegalStateException(action + " is not local");
        };
    holds().settle(connection, instance.no());
    Payload data = states.encode(after);
    return at -> new ReservationStimulus.LocalDone(at, action, data);
  }

  private Function<Instant, ReservationStimulus> hold(Connection connection, S before)
      throws Exception {
    S after = reservation.code().hold().apply(connection, before);
    Payload data = states.encode(after);
    Money amount = Objects.requireNonNull(reservation.code().amount().apply(after), "no amount");
    String key = key(instance.uid());
    String hash = Keys.shortHash(reservation + "\0" + amount + "\0" + data.text());
    holds()
        .enter(
            connection,
            new Holds.Hold(
                instance.no(), reservation.provider(), key, amount.minor(), amount.currency()));
    ReservationStimulus.Intent intent = new ReservationStimulus.Intent(key, hash);
    return at -> new ReservationStimulus.Held(at, action.number(), data, amount, intent);
  }

  /** The key of an instance's call, which is known before anything is sent. */
  static String key(UUID instance) {
    return Keys.key(instance, "call", "");
  }

  private Holds holds() {
    return instance.engine().store().holds();
  }

  /** What it is done on the strength of; where no amount was said, it is what was asked for. */
  private static Evidence evidence(ReservationState state, Finding finding) {
    Evidence strongest = state.findings.strongest(finding);
    Evidence evidence =
        Objects.requireNonNull(
            strongest == null ? state.findings.strongest(null) : strongest, "no evidence");
    Money said = state.findings.amount(evidence.finding());
    return new Evidence(
        evidence.source(),
        evidence.finding(),
        said == null ? state.amount() : said,
        evidence.reference() == null ? state.findings.reference() : evidence.reference(),
        evidence.event(),
        evidence.at(),
        evidence.detail());
  }

  @Override
  public ReservationStimulus failed(Throwable error) {
    return failed(Causes.kind(error, true), Causes.message(error));
  }

  @Override
  public ReservationStimulus expired() {
    return failed(
        FailureKind.TRANSIENT,
        "it did not end within " + limit() + ", so its transaction was broken off");
  }

  private ReservationStimulus failed(FailureKind kind, String message) {
    Engine engine = instance.engine();
    return new ReservationStimulus.Failed(
        engine.now(),
        action,
        new ReservationStimulus.Failure(kind, true, message, null),
        engine.platform().random());
  }
}
