package dev.concordat.test;

import dev.concordat.core.Status;
import dev.concordat.store.Store;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccAround;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Crashes a transaction of try, confirm and cancel at every point, lets each try fail in every way,
 * loses answers and repeats calls, and checks that it ends whole each time. Without a data source
 * it runs in memory.
 *
 * {@snippet :
 * TccCrashTest.of(trip, new Trip("ada"))
 *     .world(() -> hotel.clear())
 *     .whenConfirmed("the room is booked", () -> hotel.booked("ada"))
 *     .whenCancelled("no room is held", () -> hotel.isEmpty())
 *     .run();
 * }
 *
 * <p>Give the definition short retry waits, since time is real; its participants must keep the
 * contract of docs/tcc-participants.md. A local branch in memory stages its writes on its
 * connection, see {@link dev.concordat.store.MemoryStore.Staged}.
 *
 * @param <S> the transaction's state
 */
public final class TccCrashTest<S> {

  private final Exploration exploration = new Exploration();
  private final Tcc<S> tcc;
  private final S input;
  private @Nullable UnaryOperator<TccAround> around;

  private TccCrashTest(Tcc<S> tcc, S input) {
    this.tcc = tcc;
    this.input = input;
  }

  /** Begins a crash test of that definition, started with that input in every case. */
  public static <S> TccCrashTest<S> of(Tcc<S> tcc, S input) {
    return new TccCrashTest<>(tcc, input);
  }

  /** What the transaction acts upon. */
  public TccCrashTest<S> world(World newWorld) {
    exploration.world = newWorld;
    return this;
  }

  /** Runs on PostgreSQL, in a schema of its own, which is created. */
  public TccCrashTest<S> on(DataSource source, String schema) {
    exploration.ground = new Ground.Postgres(source, schema);
    return this;
  }

  /** Also crashes the worker that recovers, at every one of its points. */
  public TccCrashTest<S> pairs() {
    exploration.pairs = true;
    return this;
  }

  /** Only crashes and lost answers of commits, which is what differs from one store to another. */
  public TccCrashTest<S> crashesOnly() {
    exploration.crashesOnly();
    return this;
  }

  /** The client runs the instance in its own thread, so that its birth rides with a local try. */
  public TccCrashTest<S> running() {
    exploration.runs = true;
    return this;
  }

  /** Enumerates the faults also while the try of that branch fails that way, each time. */
  public TccCrashTest<S> alsoWhen(String branch, FailureMode mode) {
    exploration.alsoWhen(branch, mode);
    return this;
  }

  /** Leaves out letting the try of each branch fail in each way. */
  public TccCrashTest<S> withoutFailingEachBranch() {
    exploration.eachStepFails = false;
    return this;
  }

  /** How long a start waits for a database that does not answer, five seconds unless said. */
  public TccCrashTest<S> patience(Duration newPatience) {
    exploration.patience = newPatience;
    return this;
  }

  /** Something between the engine and the fault points of its store. */
  public TccCrashTest<S> wrappingStore(UnaryOperator<Store> wrapper) {
    exploration.outside = wrapper;
    return this;
  }

  /** Something between the engine and the fault points of user code. */
  public TccCrashTest<S> wrappingCalls(UnaryOperator<TccAround> wrapper) {
    around = wrapper;
    return this;
  }

  /** A law that holds after every case, however it ended. */
  public TccCrashTest<S> always(String law, BooleanSupplier holds) {
    exploration.check(null, law, holds);
    return this;
  }

  /** A law that holds when every branch was confirmed. */
  public TccCrashTest<S> whenConfirmed(String law, BooleanSupplier holds) {
    exploration.check(Status.COMPLETED, law, holds);
    return this;
  }

  /** A law that holds when every branch was cancelled. */
  public TccCrashTest<S> whenCancelled(String law, BooleanSupplier holds) {
    exploration.check(Status.COMPENSATED, law, holds);
    return this;
  }

  /** Runs only the case of that name, as a violation names it. */
  public TccCrashTest<S> only(String name) {
    exploration.only = name;
    return this;
  }

  /**
   * Runs every case.
   *
   * @return what was found, COMPLETED meaning confirmed and COMPENSATED cancelled; {@link
   *     CrashReport#verify} fails if a law was broken
   */
  public CrashReport explore() {
    return exploration.explore(new TccSubject<>(tcc, input, around));
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
