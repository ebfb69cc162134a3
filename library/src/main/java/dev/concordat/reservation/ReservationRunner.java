package dev.concordat.reservation;

import dev.concordat.core.StateCodec;
import dev.concordat.core.Status;
import dev.concordat.engine.Decision;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import dev.concordat.engine.Script;
import dev.concordat.reservation.ReservationStimulus.Request;
import dev.concordat.runner.Causes;
import dev.concordat.runner.InTransaction;
import dev.concordat.runner.Outside;
import dev.concordat.runner.States;
import dev.concordat.store.Entry;
import dev.concordat.store.Mailbox.Letter;
import dev.concordat.store.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Drives one definition through the engine: the machine's actions become local work and calls, and
 * what comes of them becomes stimuli.
 *
 * @param <S> the reservation's state
 */
final class ReservationRunner<S>
    implements Script<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction> {

  private final Reservation<S> reservation;
  private final States<S> states;
  private final Outside live;
  private final Outside reconciling;
  private final Pace pace;

  ReservationRunner(
      Reservation<S> reservation, StateCodec codec, int maxStateLength, Providers providers) {
    this.reservation = reservation;
    this.states = new States<>(reservation.type(), reservation.codec(codec), maxStateLength);
    this.live = providers.live();
    this.reconciling = providers.reconciling();
    this.pace = providers.pace(reservation.provider());
  }

  Reservation<S> reservation() {
    return reservation;
  }

  States<S> states() {
    return states;
  }

  String provider() {
    return reservation.provider();
  }

  @Override
  public String name() {
    return reservation.name();
  }

  @Override
  public int version() {
    return reservation.version();
  }

  @Override
  public ReservationState empty() {
    return ReservationState.EMPTY;
  }

  @Override
  public ReservationState fold(ReservationState state, List<ReservationEvent> events) {
    return state.applyAll(events);
  }

  @Override
  public Decision<ReservationState, ReservationEvent, ReservationAction> decide(
      ReservationState state, ReservationStimulus stimulus) {
    ReservationDecision decision = ReservationMachine.decide(reservation.plan(), state, stimulus);
    List<Write.Answer> answers =
        decision.answers().stream()
            .map(a -> new Write.Answer(a.letter(), a.accepted(), a.text()))
            .toList();
    return new Decision<>(decision.state(), decision.events(), decision.actions(), answers);
  }

  @Override
  public boolean rides(ReservationEvent event) {
    return ReservationMachine.rides(event);
  }

  @Override
  public boolean isInside(ReservationAction action) {
    return action.task().isLocal();
  }

  @Override
  public String write(List<ReservationEvent> events) {
    return ReservationJournal.write(events);
  }

  @Override
  public List<ReservationEvent> read(List<Entry> entries) {
    return ReservationJournal.read(entries);
  }

  @Override
  public @Nullable String objection(ReservationState state) {
    if (state.isFinal() || state.phase == ReservationState.Phase.NEW) {
      return null;
    }
    try {
      states.decode(state.data());
      return null;
    } catch (RuntimeException e) {
      return "its state cannot be read here: "
          + Causes.message(e)
          + ". Deploy a definition and codec that can read it, then say retry";
    }
  }

  @Override
  public Status status(ReservationState state) {
    return state.status();
  }

  @Override
  public boolean isPaused(ReservationState state) {
    return state.paused;
  }

  @Override
  public boolean isBusy(ReservationState state) {
    return state.isFinal() ? state.uncorrected() > 0 : state.doing != null;
  }

  @Override
  public @Nullable Instant wakeAt(ReservationState state, Instant now) {
    return ReservationMachine.wakeAt(reservation.plan(), state, now);
  }

  @Override
  public int lettersTaken(ReservationState state) {
    return state.lettersTaken;
  }

  @Override
  public ReservationStimulus opened(Instant now) {
    return new ReservationStimulus.Opened(now, null);
  }

  @Override
  public ReservationStimulus reread(ReservationState before, Instant now) {
    return new ReservationStimulus.Opened(now, before.doing);
  }

  @Override
  public ReservationStimulus tick(Instant now) {
    return new ReservationStimulus.Tick(now);
  }

  @Override
  public ReservationStimulus stuck(Instant now, String reason) {
    return new ReservationStimulus.Stuck(now, reason);
  }

  @Override
  public ReservationStimulus letter(ReservationState state, Instant now, Letter letter) {
    Request request;
    try {
      request = EvidenceLetter.read(letter);
    } catch (RuntimeException e) {
      request = new Request.Unreadable(letter.kind(), "it cannot be read: " + e.getMessage());
    }
    return new ReservationStimulus.Letter(now, letter.letter(), request);
  }

  @Override
  public List<ReservationAction> perform(
      Instance<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction> instance,
      ReservationAction action) {
    return switch (action.task()) {
      case HOLD, CONFIRM, RELEASE, REVERSE ->
          InTransaction.perform(instance, new LocalWork<>(reservation, states, instance, action));
      case CALL -> call(instance, action);
      case ASK, VOID, REFUND -> reconcile(instance, action);
      case CORRECT -> Corrections.start(this, instance, action);
      case TELL -> Corrections.tell(instance, action);
    };
  }

  private List<ReservationAction> call(
      Instance<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction> instance,
      ReservationAction action) {
    ProviderCalling<S> calling = new ProviderCalling<>(reservation, states, instance, action, null);
    List<ReservationAction> next = live.perform(instance, calling);
    calling.tellIfUnheard();
    return next;
  }

  /** However many there are, only a few hold a place while they wait for their turn. */
  private List<ReservationAction> reconcile(
      Instance<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction> instance,
      ReservationAction action) {
    Engine engine = instance.engine();
    Duration wait = pace.enter(engine.platform().nanos(), engine.platform().random());
    if (!wait.isZero()) {
      Instant now = engine.now();
      return instance.deliver(new ReservationStimulus.Paced(now, action, now.plus(wait)));
    }
    ProviderCalling<S> calling =
        new ProviderCalling<>(reservation, states, instance, action, pace.turn());
    try {
      return reconciling.perform(instance, calling);
    } finally {
      calling.endTurn();
    }
  }

  @Override
  public void recorded(
      Instance<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction> instance,
      List<ReservationEvent> events,
      ReservationState state) {
    // Nobody listens to reservations; who looks asks for the report.
  }
}
