package dev.concordat.saga;

import dev.concordat.core.Keys;
import dev.concordat.core.Payload;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.core.Status;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Script;
import dev.concordat.runner.Gates;
import dev.concordat.runner.Outside;
import dev.concordat.runner.Starts;
import dev.concordat.runner.States;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The sagas of one Concordat: starts them and finds them. Used through the door. */
public final class Sagas {

  private static final String KIND = "saga";

  private final Map<String, SagaRunner<?>> runners = new LinkedHashMap<>();
  private final StateCodec codec;
  private final int maxStateLength;
  private final Children children = new Children(this);
  private final Dispatch dispatch = new Dispatch();
  private @Nullable Engine engine;

  /**
   * The given sagas.
   *
   * @param codec for states whose saga names no other
   * @param maxStateLength the most characters an encoded state may have
   * @param participants how many calls to a participant may run at once, by its name
   */
  public Sagas(
      List<Saga<?>> sagas,
      StateCodec codec,
      int maxStateLength,
      Map<String, Integer> participants,
      List<SagaListener> listeners) {
    this(sagas, codec, maxStateLength, participants, listeners, Around.NOTHING);
  }

  /**
   * The given sagas.
   *
   * @param around what is around every call of user code
   */
  public Sagas(
      List<Saga<?>> sagas,
      StateCodec codec,
      int maxStateLength,
      Map<String, Integer> participants,
      List<SagaListener> listeners,
      Around around) {
    this.codec = codec;
    this.maxStateLength = maxStateLength;
    Outside outside = new Outside(new Gates(participants));
    Moments moments = new Moments(listeners, around);
    for (Saga<?> saga : sagas) {
      SagaRunner<?> runner = runner(saga, moments, outside);
      if (runners.put(saga.plan().label(), runner) != null) {
        throw new RefusedException(
            "two sagas are "
                + saga
                + "; give one another name or version, since the journal tells"
                + " them apart by these");
      }
    }
  }

  private <S> SagaRunner<S> runner(Saga<S> saga, Moments moments, Outside outside) {
    return new SagaRunner<>(saga, states(saga), moments, outside, this);
  }

  /** What the engine drives. */
  @SuppressWarnings("exports")
  public List<? extends Script<?, ?, ?, ?>> scripts() {
    return List.copyOf(runners.values());
  }

  Children children() {
    return children;
  }

  Dispatch dispatch() {
    return dispatch;
  }

  /** The topic that participants reply to. */
  public void repliesTo(String topic) {
    dispatch.replyTo(topic);
  }

  /** What to do when a command was committed: wake who sends it. */
  public void whenPublished(Runnable hook) {
    dispatch.published(hook);
  }

  /**
   * Makes sure that commands can be sent, if there are any.
   *
   * @throws RefusedException if nobody said where replies go
   */
  public void requireReplies() {
    if (sendCommands()) {
      dispatch.replyTo();
    }
  }

  /**
   * Makes sure that what participants did is remembered for as long as sagas go forward.
   *
   * @throws RefusedException if one with commands has a later deadline
   */
  public void requireMemory(Duration remembered) {
    for (SagaRunner<?> runner : runners.values()) {
      Optional<Duration> deadline = runner.saga().plan().deadline();
      if (sendsCommands(runner)
          && deadline.filter(time -> time.compareTo(remembered) > 0).isPresent()) {
        throw new RefusedException(
            "saga '"
                + runner.saga().name()
                + "' may go forward for "
                + deadline.get()
                + ", and what participants did is remembered for "
                + remembered
                + " only: a compensation after that would be told that its step was never done."
                + " Nothing was started; raise rememberMessages(...), here and at the"
                + " participants");
      }
    }
  }

  private static boolean sendsCommands(SagaRunner<?> runner) {
    return runner.saga().plan().allSteps().stream()
        .anyMatch(
            step -> step.kind() == SagaPlan.Kind.COMMAND || step.undo() == SagaPlan.Undo.COMMAND);
  }

  /** Whether any of them sends commands. */
  public boolean sendCommands() {
    return runners.values().stream().anyMatch(Sagas::sendsCommands);
  }

  /** Where replies come in. */
  public Replies replies() {
    return new Replies(engine());
  }

  /** Called once, before anything else. */
  @SuppressWarnings("exports")
  public void drivenBy(Engine driver) {
    this.engine = driver;
  }

  private Engine engine() {
    Engine driver = engine;
    if (driver == null) {
      throw new IllegalStateException("no engine yet");
    }
    return driver;
  }

  /** See {@code Concordat.start}. */
  public <S> SagaHandle<S> start(Saga<S> saga, String id, S state, @Nullable String trace) {
    SagaRunner<S> runner = runner(saga);
    long no = starts().start(wanted(runner, id, state, trace, OptionalLong.empty()));
    return new SagaHandle<>(this, runner, no, id);
  }

  <C> void startChild(Saga<C> child, String id, C state, long parent) {
    SagaRunner<C> runner = runner(child);
    starts().startFromWithin(wanted(runner, id, state, null, OptionalLong.of(parent)));
  }

  /** See {@code Concordat.start} with a connection. */
  public <S> SagaHandle<S> start(
      Connection connection, Saga<S> saga, String id, S state, @Nullable String trace) {
    SagaRunner<S> runner = runner(saga);
    long no = starts().start(connection, wanted(runner, id, state, trace, OptionalLong.empty()));
    return new SagaHandle<>(this, runner, no, id);
  }

  /** See {@code Concordat.run}. */
  public <S> SagaResult<S> run(Saga<S> saga, String id, S state, Duration patience) {
    SagaRunner<S> runner = runner(saga);
    Starts.Started<SagaState> started =
        starts().run(wanted(runner, id, state, null, OptionalLong.empty()));
    return started
        .end()
        .map(end -> result(runner, id, end))
        .orElseGet(() -> new SagaHandle<>(this, runner, started.no(), id).await(patience));
  }

  private Starts starts() {
    return new Starts(engine());
  }

  private <S> Starts.Wanted<SagaState, SagaStimulus, SagaEvent, SagaAction> wanted(
      SagaRunner<S> runner, String id, S state, @Nullable String trace, OptionalLong parent) {
    starts().requireId(id, state);
    Payload input = input(runner, id, state);
    return new Starts.Wanted<>(
        runner,
        id,
        KIND,
        Keys.inputHash(runner.name(), runner.states().fingerprint(state)),
        attributes(runner.saga(), id, state),
        parent,
        new SagaStimulus.Begin(engine().now(), input, trace));
  }

  private static <S> Payload input(SagaRunner<S> runner, String id, S state) {
    try {
      return runner.states().encodeForGood(state);
    } catch (RuntimeException e) {
      throw new RefusedException(
          "'"
              + id
              + "' was not started, because its state cannot be stored and read back: "
              + e.getMessage(),
          e);
    }
  }

  private static <S> Map<String, String> attributes(Saga<S> saga, String id, S state) {
    try {
      return saga.attributesOf(state);
    } catch (RuntimeException e) {
      throw new RefusedException(
          "'"
              + id
              + "' was not started, because its search attributes could not be made: "
              + Failures.message(e),
          e);
    }
  }

  /** A handle on an instance, which may run anywhere. */
  public <S> SagaHandle<S> find(Saga<S> saga, String id) {
    SagaRunner<S> runner = runner(saga);
    return new SagaHandle<>(this, runner, starts().find(id, KIND, runner), id);
  }

  @SuppressWarnings("unchecked") // The runner under a saga's label was made of that very saga.
  private <S> SagaRunner<S> runner(Saga<S> saga) {
    SagaRunner<?> runner = runners.get(saga.plan().label());
    if (runner == null || runner.saga() != saga) {
      throw new RefusedException(
          "saga "
              + saga
              + (runner == null
                  ? " is not registered with this Concordat; add it with .sagas(…) where it is"
                      + " built"
                  : " is not the object that is registered under its name; build it once, and use"
                      + " that one")
              + ". Nothing was done.");
    }
    return (SagaRunner<S>) runner;
  }

  <C> States<C> states(Saga<C> saga) {
    return saga.states(codec, maxStateLength);
  }

  Engine theEngine() {
    return engine();
  }

  <S> SagaResult<S> result(SagaRunner<S> runner, String id, SagaState state) {
    Status status = state.status();
    SagaEvent.Halted halted = state.halted();
    SagaEvent.AttentionNeeded attention = state.attention();
    String reason =
        attention != null && !state.isFinal()
            ? attention.reason()
            : halted == null ? null : halted.reason();
    return new SagaResult<>(
        id, status, runner.states().decode(state.data()), Optional.ofNullable(reason));
  }
}
