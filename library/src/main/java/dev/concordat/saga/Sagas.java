package dev.concordat.saga;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.core.Status;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.engine.Instance;
import dev.concordat.engine.Script;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Write;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The sagas of one Concordat: starts them and finds them. Used through the door. */
public final class Sagas {

  static final int MAX_ID = 200;

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
    Limits limits = new Limits(maxStateLength, participants);
    Moments moments = new Moments(listeners, around);
    for (Saga<?> saga : sagas) {
      SagaRunner<?> runner = new SagaRunner<>(saga, codec, moments, limits, this);
      if (runners.put(saga.plan().label(), runner) != null) {
        throw new RefusedException(
            "two sagas are "
                + saga
                + "; give one another name or version, since the journal tells"
                + " them apart by these");
      }
    }
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
    try {
      return start(saga, id, state, trace, OptionalLong.empty());
    } catch (EngineStopped e) {
      throw new OutcomeUnknownException(
          id,
          "this Concordat was closed, or its caller interrupted, while '"
              + id
              + "' was being started; start it again with the same id",
          e);
    }
  }

  <C> void startChild(Saga<C> child, String id, C state, long parent) {
    start(child, id, state, null, OptionalLong.of(parent));
  }

  private <S> SagaHandle<S> start(
      Saga<S> saga, String id, S state, @Nullable String trace, OptionalLong parent) {
    SagaRunner<S> runner = runner(saga);
    Payload input = input(runner, id, state);
    NewInstance born = born(runner, id, state, parent, engine().owner());
    SagaHandle<S> handle = new SagaHandle<>(this, runner, born.no(), id);
    if (born.owner().isEmpty()) {
      Write.Result result = engine().writeFirst(first(runner, born, input, trace));
      engine().wakeFor(born.no());
      return result == Write.Result.EXISTS ? existing(runner, born) : handle;
    }
    Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance =
        engine().take(runner, born, false);
    try {
      engine().go(instance, instance.deliver(begin(input, trace)));
    } catch (Engine.BornTwice e) {
      return existing(runner, born);
    }
    return handle;
  }

  /** See {@code Concordat.start} with a connection. */
  public <S> SagaHandle<S> start(
      Connection connection, Saga<S> saga, String id, S state, @Nullable String trace) {
    SagaRunner<S> runner = runner(saga);
    Payload input = input(runner, id, state);
    requireTransaction(connection, id);
    NewInstance born = born(runner, id, state, OptionalLong.empty(), OptionalLong.empty());
    Write write = first(runner, born, input, trace);
    Write.Result result = engine().store().journal().appendWithin(connection, write);
    return result == Write.Result.EXISTS
        ? existing(runner, born, () -> engine().store().instances().findWithin(connection, id))
        : new SagaHandle<>(this, runner, born.no(), id);
  }

  /** See {@code Concordat.run}. */
  public <S> SagaResult<S> run(Saga<S> saga, String id, S state, Duration patience) {
    SagaRunner<S> runner = runner(saga);
    if (engine().owner().isEmpty()) {
      return start(saga, id, state, null).await(patience);
    }
    Payload input = input(runner, id, state);
    NewInstance born = born(runner, id, state, OptionalLong.empty(), engine().owner());
    Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance =
        engine().take(runner, born, true);
    try {
      engine().goHere(runner, instance, instance.deliver(begin(input, null)));
    } catch (Engine.BornTwice e) {
      return existing(runner, born).await(patience);
    } catch (EngineStopped e) {
      throw new OutcomeUnknownException(
          id,
          "this Concordat was closed, or its caller interrupted, while '"
              + id
              + "' ran; others go on with it",
          e);
    }
    if (instance.isGone() && instance.state().isFinal()) {
      return result(runner, id, instance.state());
    }
    return new SagaHandle<>(this, runner, born.no(), id).await(patience);
  }

  private static void requireTransaction(Connection connection, String id) {
    try {
      if (!connection.getAutoCommit()) {
        return;
      }
    } catch (SQLException e) {
      throw new RefusedException(
          "'" + id + "' was not started, because its connection is broken: " + e.getMessage(), e);
    }
    throw new RefusedException(
        "'"
            + id
            + "' was not started: its connection commits by itself, so there is no transaction to"
            + " take part in. Call setAutoCommit(false), or start without a connection.");
  }

  private SagaStimulus begin(Payload input, @Nullable String trace) {
    return new SagaStimulus.Begin(engine().now(), input, trace);
  }

  private Write first(
      SagaRunner<?> runner, NewInstance born, Payload input, @Nullable String trace) {
    Instantly started = new Instantly(runner.saga().plan(), begin(input, trace));
    return new Write(
        born.no(), NewInstance.FIRST_TOKEN, 0, started.events(), born, null, List.of());
  }

  /** Only the acceptance of an instance; whoever claims it decides what follows. */
  private record Instantly(SagaPlan plan, SagaStimulus begin) {
    String events() {
      SagaDecision decision = SagaMachine.decide(plan, SagaState.EMPTY, begin);
      return SagaJournal.write(decision.events().subList(0, 1));
    }
  }

  private <S> Payload input(SagaRunner<S> runner, String id, S state) {
    if (id == null || state == null) {
      throw new RefusedException(
          "an instance needs an id and a state, and one of them is null. Nothing was started.");
    }
    if (id.isEmpty() || id.length() > MAX_ID || id.indexOf('\0') >= 0 || !isUnicode(id)) {
      throw new RefusedException(
          "an id has 1 to "
              + MAX_ID
              + " characters, none of them NUL or half a surrogate pair; this one has "
              + id.length()
              + ". Nothing was started.");
    }
    if (engine().isStopping()) {
      throw new OutcomeUnknownException(
          id,
          "this Concordat is closed and started nothing now, but cannot say whether '"
              + id
              + "' was started before; start it elsewhere with the same id",
          null);
    }
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

  private static boolean isUnicode(String id) {
    return id.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
  }

  private <S> NewInstance born(
      SagaRunner<S> runner, String id, S state, OptionalLong parent, OptionalLong owner) {
    Saga<S> saga = runner.saga();
    Map<String, String> attributes = attributes(saga, id, state);
    if (attributes.toString().indexOf('\0') >= 0) {
      throw new RefusedException(
          "'"
              + id
              + "' was not started: a search attribute has a NUL in it, which PostgreSQL"
              + " cannot store");
    }
    Engine engine = engine();
    return new NewInstance(
        parent.isPresent() ? engine.certain(engine::nextNumber) : engine.soon(engine::nextNumber),
        id,
        engine.platform().uuid(),
        saga.name(),
        saga.version(),
        Keys.inputHash(saga.name(), runner.states().fingerprint(state)),
        attributes,
        parent,
        owner);
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

  /** The instance that has the id already, if it was started with the same input. */
  private <S> SagaHandle<S> existing(SagaRunner<S> runner, NewInstance wanted) {
    Engine engine = engine();
    Supplier<Optional<InstanceRow>> find = () -> engine.store().instances().find(wanted.id());
    return existing(
        runner,
        wanted,
        wanted.parent().isPresent() ? () -> engine.certain(find) : () -> engine.soon(find));
  }

  private <S> SagaHandle<S> existing(
      SagaRunner<S> runner, NewInstance wanted, Supplier<Optional<InstanceRow>> find) {
    String id = wanted.id();
    InstanceRow row =
        find.get()
            .orElseThrow(() ->
                new RefusedException(
                    "an instance '"
                        + id
                        + "' is being started in a transaction that has not ended; nothing was"
                        + " started here"));
    if (!row.definition().equals(runner.saga().name())) {
      throw new RefusedException(
          "'"
              + id
              + "' is an instance of saga '"
              + row.definition()
              + "', not of '"
              + runner.saga().name()
              + "'; nothing was started. Choose another id.");
    }
    if (!row.inputHash().equals(wanted.inputHash())) {
      throw new RefusedException(
          "'"
              + id
              + "' was started before with another input; nothing was started. Choose another"
              + " id, or ask for the one that exists.");
    }
    return new SagaHandle<>(this, runner, row.no(), id);
  }

  /** A handle on an instance, which may run anywhere. */
  public <S> SagaHandle<S> find(Saga<S> saga, String id) {
    SagaRunner<S> runner = runner(saga);
    InstanceRow row =
        engine()
            .store()
            .instances()
            .find(id)
            .orElseThrow(() -> new RefusedException("there is no instance '" + id + "'"));
    if (!row.definition().equals(saga.name())) {
      throw new RefusedException(
          "'"
              + id
              + "' is an instance of saga '"
              + row.definition()
              + "', not of '"
              + saga.name()
              + "'; find it with that one");
    }
    return new SagaHandle<>(this, runner, row.no(), id);
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
    return new States<>(saga, codec, maxStateLength);
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
