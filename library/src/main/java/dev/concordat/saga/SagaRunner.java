package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Outcome;
import dev.concordat.core.Payload;
import dev.concordat.core.Status;
import dev.concordat.engine.Decision;
import dev.concordat.engine.Instance;
import dev.concordat.engine.Script;
import dev.concordat.runner.Outside;
import dev.concordat.runner.States;
import dev.concordat.saga.SagaStimulus.Request;
import dev.concordat.saga.SagaStimulus.StepResult;
import dev.concordat.store.Entry;
import dev.concordat.store.Mailbox.Letter;
import dev.concordat.store.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Drives one saga through the engine: the machine's actions become calls of user code, and what
 * comes of them becomes stimuli.
 *
 * @param <S> the saga's state
 */
final class SagaRunner<S> implements Script<SagaState, SagaStimulus, SagaEvent, SagaAction> {

  // Timers and PostgreSQL's timestamps reach further, but not as far as an Instant does.
  private static final Duration LONGEST_SLEEP = Duration.ofDays(36_525);

  private final Saga<S> saga;
  private final States<S> states;
  private final Moments moments;
  private final LocalSteps<S> local;
  private final OutsideSteps<S> outsideSteps;
  private final CommandSteps<S> commands;
  private final Children children;

  SagaRunner(Saga<S> saga, States<S> states, Moments moments, Outside outside, Sagas sagas) {
    this.saga = saga;
    this.states = states;
    this.moments = moments;
    this.local = new LocalSteps<>(saga, states, moments);
    this.outsideSteps = new OutsideSteps<>(saga, states, moments, outside);
    this.commands = new CommandSteps<>(saga, states, moments, local, sagas.dispatch());
    this.children = sagas.children();
  }

  Saga<S> saga() {
    return saga;
  }

  States<S> states() {
    return states;
  }

  /** What that step sees of the state. */
  Payload seenBy(SagaState state, String step) {
    return state.dataIn(saga.plan().branchOf(step));
  }

  @Override
  public String name() {
    return saga.name();
  }

  @Override
  public int version() {
    return saga.version();
  }

  @Override
  public SagaState empty() {
    return SagaState.EMPTY;
  }

  @Override
  public SagaState fold(SagaState state, List<SagaEvent> events) {
    return state.applyAll(events);
  }

  @Override
  public Decision<SagaState, SagaEvent, SagaAction> decide(SagaState state, SagaStimulus stimulus) {
    SagaDecision decision = SagaMachine.decide(saga.plan(), state, stimulus);
    List<Write.Answer> answers =
        decision.answers().stream()
            .map(a -> new Write.Answer(a.letter(), a.accepted(), a.text()))
            .toList();
    return new Decision<>(decision.state(), decision.events(), decision.actions(), answers);
  }

  @Override
  public boolean rides(SagaEvent event) {
    return SagaMachine.rides(saga.plan(), event);
  }

  @Override
  public boolean isInside(SagaAction action) {
    return switch (action) {
      case SagaAction.Evaluate a -> true;
      case SagaAction.RunLocal a -> true;
      case SagaAction.CompensateLocal a -> true;
      case SagaAction.TakeSignal a -> true;
      case SagaAction.Merge a -> true;
      case SagaAction.SendCommand a -> true;
      case SagaAction.SendCompensation a -> true;
      case SagaAction.TakeReply a -> true;
      case SagaAction.RunOutside a -> false;
      case SagaAction.LookUp a -> false;
      case SagaAction.StartChild a -> false;
      case SagaAction.CheckChild a -> false;
      case SagaAction.CancelChild a -> false;
      case SagaAction.CompensateOutside a -> false;
    };
  }

  @Override
  public String write(List<SagaEvent> events) {
    return SagaJournal.write(events);
  }

  @Override
  public List<SagaEvent> read(List<Entry> entries) {
    return SagaJournal.read(entries);
  }

  /** Better to find out early that the state no longer decodes than in the middle of a step. */
  @Override
  public @Nullable String objection(SagaState state) {
    if (state.isFinal() || state.phase() == SagaState.Phase.NEW) {
      return null;
    }
    try {
      states.decode(state.data());
      return null;
    } catch (RuntimeException e) {
      return "its state cannot be read here: "
          + Failures.message(e)
          + ". Deploy a definition and codec that can read it, then say retry";
    }
  }

  @Override
  public Status status(SagaState state) {
    return state.status();
  }

  @Override
  public boolean isPaused(SagaState state) {
    return state.paused();
  }

  @Override
  public boolean isBusy(SagaState state) {
    return state.inFlight();
  }

  @Override
  public @Nullable Instant wakeAt(SagaState state, Instant now) {
    return SagaMachine.wakeAt(saga.plan(), state, now);
  }

  @Override
  public int lettersTaken(SagaState state) {
    return state.lettersTaken();
  }

  @Override
  public SagaStimulus opened(Instant now) {
    return new SagaStimulus.Opened(now);
  }

  @Override
  public SagaStimulus reread(SagaState before, Instant now) {
    Set<String> alive =
        before.steps().entrySet().stream()
            .filter(step -> step.getValue().inFlight())
            .map(Map.Entry::getKey)
            .collect(Collectors.toUnmodifiableSet());
    return new SagaStimulus.Opened(now, alive);
  }

  @Override
  public SagaStimulus tick(Instant now) {
    return new SagaStimulus.Tick(now);
  }

  @Override
  public SagaStimulus stuck(Instant now, String reason) {
    return new SagaStimulus.Stuck(now, null, reason);
  }

  @Override
  public SagaStimulus letter(SagaState state, Instant now, Letter letter) {
    Request request;
    try {
      request = LetterBody.read(letter, states, saga.plan(), state);
      request = request instanceof Request.Replied reply ? commands.judged(reply) : request;
    } catch (RuntimeException e) {
      request = new Request.Unreadable(letter.kind(), "it cannot be read: " + e.getMessage());
    }
    return new SagaStimulus.Letter(now, letter.letter(), request);
  }

  @Override
  public void recorded(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      List<SagaEvent> events,
      SagaState state) {
    moments.recorded(moment(instance), events);
    children.recorded(instance, state);
  }

  static SagaListener.Moment moment(Instance<?, ?, ?, ?> instance, Saga<?> saga) {
    return new SagaListener.Moment(instance.id(), saga.name(), saga.version());
  }

  private SagaListener.Moment moment(Instance<?, ?, ?, ?> instance) {
    return moment(instance, saga);
  }

  @Override
  public List<SagaAction> perform(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, SagaAction action) {
    return switch (action) {
      case SagaAction.Evaluate a -> evaluate(instance, a.step());
      case SagaAction.RunLocal a -> local.run(instance, a);
      case SagaAction.CompensateLocal a -> local.compensate(instance, a);
      case SagaAction.RunOutside a -> outsideSteps.run(instance, a);
      case SagaAction.LookUp a -> outsideSteps.lookUp(instance, a);
      case SagaAction.CompensateOutside a -> outsideSteps.compensate(instance, a);
      case SagaAction.TakeSignal a -> takeSignal(instance, a);
      case SagaAction.Merge a -> merge(instance, a.node());
      case SagaAction.SendCommand a -> commands.send(instance, a.step(), a.attempt(), false);
      case SagaAction.SendCompensation a -> commands.send(instance, a.step(), a.attempt(), true);
      case SagaAction.TakeReply a -> commands.take(instance, a);
      case SagaAction.StartChild a -> children.start(instance, this, a);
      case SagaAction.CheckChild a -> children.check(instance, this, a.step(), a.attempt());
      case SagaAction.CancelChild a -> children.cancel(instance, this, a);
    };
  }

  private List<SagaAction> evaluate(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, String step) {
    return instance.deliver(evaluated(instance, step));
  }

  private SagaStimulus evaluated(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, String step) {
    StepCode<S> code = saga.code(step);
    Instant now = instance.engine().now();
    try {
      S state = states.decode(instance.state().dataIn(saga.plan().branchOf(step)));
      Predicate<S> when = code.when();
      boolean applies = when == null || when.test(state);
      Instant until = code.until() == null || !applies ? null : code.until().apply(state);
      if (until != null && until.isAfter(now.plus(LONGEST_SLEEP))) {
        throw new IllegalArgumentException(
            "it would sleep for more than 100 years, until " + until);
      }
      return new SagaStimulus.Evaluated(now, step, applies, until);
    } catch (RuntimeException | Error e) {
      return new SagaStimulus.Stuck(
          now, step, "the condition of '" + step + "' threw " + Failures.message(e));
    }
  }

  private List<SagaAction> takeSignal(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      SagaAction.TakeSignal action) {
    return instance.deliver(taken(instance, action));
  }

  private SagaStimulus taken(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      SagaAction.TakeSignal action) {
    StepCode.SignalCode<S, ?> signal = Objects.requireNonNull(saga.code(action.step()).signal());
    String branch = saga.plan().branchOf(action.step());
    Instant now = instance.engine().now();
    try {
      Payload before = instance.state().dataIn(branch);
      S after = take(signal, states.decode(before), action.payload());
      StepResult result =
          new StepResult(action.step(), false, states.encodeIfChanged(before, after));
      return new SagaStimulus.Succeeded(now, action.attempt(), List.of(result));
    } catch (RuntimeException | Error e) {
      return new SagaStimulus.Failed(
          now,
          action.step(),
          action.attempt(),
          Failures.of(e, saga.plan().step(action.step()), saga.code(action.step()), true),
          0);
    }
  }

  private <P> S take(StepCode.SignalCode<S, P> signal, S state, Payload payload) {
    return signal.take().apply(state, states.decode(payload, signal.type()));
  }

  private List<SagaAction> merge(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance, int node) {
    return instance.state().branchData().isEmpty()
        ? List.of()
        : instance.deliver(merged(instance.state(), instance.engine().now(), node));
  }

  private SagaStimulus merged(SagaState state, Instant now, int node) {
    try {
      List<S> after = new ArrayList<>();
      state.branchData().values().forEach(data -> after.add(states.decode(data)));
      S merged = saga.merger().merge(states.decode(state.data()), after);
      return new SagaStimulus.Merged(now, node, states.encode(merged));
    } catch (RuntimeException | Error e) {
      return new SagaStimulus.Stuck(now, null, Failures.message(e));
    }
  }

  /** What a look-up said, as a stimulus. */
  static SagaStimulus answered(
      Instant now, SagaAction.LookUp asked, Outcome<StepResult> outcome, double random) {
    return switch (outcome) {
      case Outcome.Done<StepResult> done ->
          new SagaStimulus.Succeeded(now, asked.attempt(), List.of(done.value()));
      case Outcome.Refused<StepResult> refused ->
          new SagaStimulus.Failed(
              now,
              asked.step(),
              asked.attempt(),
              new SagaStimulus.Failure(FailureKind.REFUSED, "looked up: " + refused.reason(), null),
              random);
      case Outcome.Unknown<StepResult> unknown ->
          new SagaStimulus.Failed(
              now,
              asked.step(),
              asked.attempt(),
              new SagaStimulus.Failure(
                  FailureKind.UNKNOWN, "looked up, still unknown: " + unknown.detail(), null),
              random);
    };
  }
}
