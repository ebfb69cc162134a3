package dev.concordat.test;

import dev.concordat.core.Status;
import dev.concordat.saga.Around;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.SagaListener;
import dev.concordat.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Crashes a saga at every point, lets each step fail in every way, loses answers and repeats calls,
 * and checks that it ends whole each time. Without a data source it runs in memory.
 *
 * {@snippet :
 * CrashTest.of(trip, new Trip("ada"))
 *     .world(() -> hotel.clear())
 *     .whenCompleted("the room is booked", () -> hotel.booked("ada"))
 *     .whenCompensated("no room is booked", () -> hotel.isEmpty())
 *     .run();
 * }
 *
 * <p>Give steps short retry waits, since time is real. A local step in memory stages its writes on
 * its connection, see {@link dev.concordat.store.MemoryStore.Staged}.
 *
 * @param <S> the saga's state
 */
public final class CrashTest<S> {

  private final Exploration exploration = new Exploration();
  private final Saga<S> saga;
  private final S input;
  private final List<Saga<?>> children = new ArrayList<>();
  private final List<SagaListener> listeners = new ArrayList<>();
  private @Nullable UnaryOperator<Around> around;
  private @Nullable Consumer<SagaHandle<S>> afterStart;

  private CrashTest(Saga<S> saga, S input) {
    this.saga = saga;
    this.input = input;
  }

  /** Begins a crash test of that saga, started with that input in every case. */
  public static <S> CrashTest<S> of(Saga<S> saga, S input) {
    return new CrashTest<>(saga, input);
  }

  /** What the saga acts upon. */
  public CrashTest<S> world(World newWorld) {
    exploration.world = newWorld;
    return this;
  }

  /** Sagas that the saga starts as its children. */
  public CrashTest<S> children(Saga<?>... more) {
    children.addAll(List.of(more));
    return this;
  }

  /** Runs on PostgreSQL, in a schema of its own, which is created. */
  public CrashTest<S> on(DataSource source, String schema) {
    exploration.ground = new Ground.Postgres(source, schema);
    return this;
  }

  /** Also crashes the worker that recovers, at every one of its points. */
  public CrashTest<S> pairs() {
    exploration.pairs = true;
    return this;
  }

  /** Only crashes and lost answers of commits, which is what differs from one store to another. */
  public CrashTest<S> crashesOnly() {
    exploration.crashesOnly();
    return this;
  }

  /** The client runs the instance in its own thread, so that its birth rides with a local step. */
  public CrashTest<S> running() {
    exploration.runs = true;
    return this;
  }

  /** Enumerates the faults also while that step fails that way, whenever it is tried. */
  public CrashTest<S> alsoWhen(String step, FailureMode mode) {
    exploration.alsoWhen(step, mode);
    return this;
  }

  /** Leaves out letting each step fail in each way. */
  public CrashTest<S> withoutFailingEachStep() {
    exploration.eachStepFails = false;
    return this;
  }

  /** What a client does after the start: send a signal, cancel. */
  public CrashTest<S> afterStart(Consumer<SagaHandle<S>> action) {
    afterStart = action;
    return this;
  }

  /** What works beside the workers: for sagas that send commands, who relays and answers them. */
  public CrashTest<S> beside(Beside newBeside) {
    exploration.beside = newBeside;
    return this;
  }

  /** Somebody who hears of every moment. */
  public CrashTest<S> listener(SagaListener listener) {
    listeners.add(listener);
    return this;
  }

  /** How long a start waits for a database that does not answer, five seconds unless said. */
  public CrashTest<S> patience(Duration newPatience) {
    exploration.patience = newPatience;
    return this;
  }

  /** Something between the engine and the fault points of its store. */
  public CrashTest<S> wrappingStore(UnaryOperator<Store> wrapper) {
    exploration.outside = wrapper;
    return this;
  }

  /** Something between the engine and the fault points of user code. */
  public CrashTest<S> wrappingCalls(UnaryOperator<Around> wrapper) {
    around = wrapper;
    return this;
  }

  /** A law that holds after every case, however it ended. */
  public CrashTest<S> always(String law, BooleanSupplier holds) {
    exploration.check(null, law, holds);
    return this;
  }

  /** A law that holds when the saga ended COMPLETED. */
  public CrashTest<S> whenCompleted(String law, BooleanSupplier holds) {
    exploration.check(Status.COMPLETED, law, holds);
    return this;
  }

  /** A law that holds when the saga ended COMPENSATED. */
  public CrashTest<S> whenCompensated(String law, BooleanSupplier holds) {
    exploration.check(Status.COMPENSATED, law, holds);
    return this;
  }

  /** Runs only the case of that name, as a violation names it. */
  public CrashTest<S> only(String name) {
    exploration.only = name;
    return this;
  }

  /**
   * Runs every case.
   *
   * @return what was found; {@link CrashReport#verify} fails if a law was broken
   */
  public CrashReport explore() {
    List<Saga<?>> sagas = new ArrayList<>(children);
    sagas.add(saga);
    return exploration.explore(
        new SagaSubject<>(saga, input, sagas, listeners, around, afterStart));
  }

  /**
   * Runs every case and fails if a law was broken, a point was not hit, or the run was vacuous.
   *
   * @throws AssertionError with every violation, and how to repeat it
   */
  public CrashReport run() {
    return explore().verify();
  }
}
