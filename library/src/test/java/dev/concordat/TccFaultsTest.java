package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.FaultPlan.Fault;
import dev.concordat.Fixture.Trip;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.json.JsonCodec;
import dev.concordat.postgres.PostgresStore;
import dev.concordat.store.Store;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccLocal;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccResult;
import dev.concordat.tcc.Tccs;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: wherever it fails or dies, all branches are confirmed or all cancelled, each once, by one
 * decision, and what was refused never was (P1, P2, P4, P7, P10, P11; T4). Method: the same small
 * transaction, once for every call of the store that it makes and every way in which that call can
 * go wrong, and once for every call of a participant, on a real PostgreSQL.
 */
class TccFaultsTest {

  private static final int CALLS = 6;

  /** What the business makes of it. */
  private enum Course {
    CONFIRMED,
    REFUSED,
    ANSWERS_LOST
  }

  /** One life of a worker. */
  private static final class Life implements AutoCloseable {
    private final Engine engine;
    final Tccs tccs;

    Life(World world, UnaryOperator<Store> around) {
      PostgresStore store = new PostgresStore(world.db.pool, world.schema);
      store.migrate();
      EngineConfig config =
          EngineConfig.DEFAULT
              .withLease(Duration.ofSeconds(2))
              .withPoll(Duration.ofMillis(20))
              .withPatience(Duration.ofSeconds(5))
              .withListens(false);
      tccs =
          new Tccs(
              List.of(world.tcc), new JsonCodec(), new JsonCodec(), 9_999, Map.of(), List.of());
      engine = new Engine(around.apply(store), new SystemPlatform(), config, tccs.scripts(), true);
      tccs.drivenBy(engine);
      engine.start();
    }

    @Override
    public void close() {
      engine.kill();
    }
  }

  private static final class World implements TccLocal<Trip> {
    final Fixture db;
    final String schema;
    final Purse purse;
    final Tcc<Trip> tcc;

    World(Fixture db, String schema, Course course) {
      this.db = db;
      this.schema = schema;
      this.purse = new Purse(db, schema);
      db.sql("CREATE TABLE fee_" + schema + " (what text NOT NULL, at bigserial)");
      if (course == Course.REFUSED) {
        purse.refusing.put("TRY points", TccAnswer.Code.REFUSED);
      }
      if (course == Course.ANSWERS_LOST) {
        purse.after = World::everyFirstAnswerIsLost;
      }
      RetryPolicy quick = RetryPolicy.exponential(Duration.ofMillis(2)).attempts(4);
      this.tcc =
          Tcc.named("t", Trip.class)
              .branch("account", purse, Trip::amount)
              .branch("points", purse, Trip::amount)
              .local("fee", this)
              .tryRetry(quick)
              .confirmRetry(RetryPolicy.exponential(Duration.ofMillis(2)).attempts(50))
              .deadline(PATIENCE)
              .build();
    }

    private static void everyFirstAnswerIsLost(TccCall call) throws IOException {
      if (call.attempt() == 1) {
        throw new IOException("the line is cut");
      }
    }

    private void note(Connection tx, String what) throws SQLException {
      Fixture.sql(tx, "INSERT INTO fee_" + schema + " (what) VALUES (?)", what);
    }

    @Override
    public void hold(Connection tx, Trip trip, TccBranchId branch) throws SQLException {
      note(tx, "hold");
    }

    @Override
    public void confirm(Connection tx, Trip trip, TccBranchId branch) throws SQLException {
      note(tx, "confirm");
    }

    @Override
    public void cancel(Connection tx, Trip trip, TccBranchId branch) throws SQLException {
      note(tx, "cancel");
    }

    String fees() {
      return db.text("SELECT coalesce(string_agg(what, ',' ORDER BY at), '') FROM fee_" + schema);
    }

    String count(String what) {
      return db.text("SELECT count(*) FROM " + schema + "." + what);
    }
  }

  @Test
  @DisplayName("P2 P7: a fault and a crash at every call of the store")
  void everyCallOfTheStoreGoesWrongInEveryWay() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    try (Fixture db = Fixture.withConnections(60)) {
      for (String port : ports()) {
        int calls = port.equals("Journal.append") ? CALLS : 2;
        for (int call = 1; call <= calls; call++) {
          for (Fault fault : Fault.values()) {
            for (Course course : courses(port, call)) {
              FaultPlan plan = new FaultPlan(port, call, fault);
              String name = plan + " " + course;
              World world = new World(db, "s" + cases.size(), course);
              cases.add(() -> run(world, plan, name));
            }
          }
        }
      }
      int fired = Cases.countTrue(cases);
      System.out.println("tcc faults: " + cases.size() + " cases, " + fired + " fired");
      assertThat(fired).isGreaterThan(cases.size() / 2);
    }
  }

  private static List<Course> courses(String port, int call) {
    return port.equals("Journal.append") || port.equals("Local.commit")
        ? List.of(Course.values())
        : List.of(Course.values()[call % Course.values().length]);
  }

  private static List<String> ports() {
    return List.of(
        "Journal.append",
        "Transactions.begin",
        "Local.commit",
        "Instances.reserveNumbers",
        "Instances.claimDue",
        "Instances.claimAbandoned",
        "Mailbox.waiting",
        "Leases.renew");
  }

  private static boolean run(World world, FaultPlan plan, String name) {
    List<Life> lives = new ArrayList<>();
    lives.add(new Life(world, plan::aroundAll));
    try {
      start(world, lives.getFirst(), name);
      long end = System.nanoTime() + PATIENCE.toNanos();
      TccResult<Trip> result = null;
      while (result == null) {
        assertThat(System.nanoTime()).as(name).isLessThan(end);
        if (plan.dead && lives.size() == 1) {
          lives.getFirst().close();
          lives.add(new Life(world, store -> store));
        }
        result = ended(world, lives.getLast());
      }
      keepsTheLaws(world, result, name);
      return plan.fired;
    } finally {
      lives.forEach(Life::close);
    }
  }

  private static void start(World world, Life life, String name) {
    try {
      life.tccs.start(world.tcc, "x", Trip.of("x"), null);
    } catch (RefusedException e) {
      assertThat(world.count("instance")).as("P11, %s", name).isEqualTo("0");
    } catch (ConcordatException e) {
      assertThat(e).as(name).isInstanceOf(OutcomeUnknownException.class);
    }
  }

  /** The client asks again as long as it does not know. */
  private static @Nullable TccResult<Trip> ended(World world, Life life) {
    try {
      TccResult<Trip> result =
          life.tccs.start(world.tcc, "x", Trip.of("x"), null).await(Duration.ofMillis(200));
      return result.status().isFinal() || result.needsAttention() ? result : null;
    } catch (ConcordatException e) {
      return null;
    }
  }

  private static void keepsTheLaws(World world, TccResult<Trip> result, String name) {
    assertThat(result.needsAttention()).as(name).isFalse();
    String purse = world.purse.states(world.db);
    if (result.isConfirmed()) {
      assertThat(purse).as(name).isEqualTo("account CONFIRMED,points CONFIRMED");
      assertThat(world.fees()).as(name).isEqualTo("hold,confirm");
    } else {
      assertThat(purse).as(name).doesNotContain("HELD").doesNotContain("CONFIRMED");
      assertThat(world.fees()).as(name).isIn("", "hold,cancel");
    }
    assertThat(world.purse.calls.stream().map(TccCall::operation).distinct())
        .as("%s: nobody is told both", name)
        .doesNotContain(result.isConfirmed() ? TccOperation.CANCEL : TccOperation.CONFIRM);
    assertThat(world.count("instance")).as(name).isEqualTo("1");
    assertThat(world.count("journal WHERE events LIKE '%\"TccDecided\"%'"))
        .as("%s: one decision", name)
        .isEqualTo("1");
  }

  @Test
  @DisplayName("P2 P4: a crash before and after every call of a participant")
  void aCrashAroundEveryCallOfAParticipant() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    try (Fixture db = Fixture.withConnections(60)) {
      for (TccOperation operation : TccOperation.values()) {
        for (String branch : List.of("account", "points")) {
          for (boolean before : List.of(true, false)) {
            boolean cancels = operation == TccOperation.CANCEL;
            World world =
                new World(db, "s" + cases.size(), cancels ? Course.REFUSED : Course.CONFIRMED);
            String name = (before ? "before " : "after ") + operation + " " + branch;
            cases.add(() -> crashed(world, operation, branch, before, name));
          }
        }
      }
      assertThat(Cases.countTrue(cases)).isEqualTo(cases.size());
    }
  }

  /** The process dies as it calls: nobody hears the answer, and nothing more is written. */
  private static boolean crashed(
      World world, TccOperation operation, String branch, boolean before, String name) {
    AtomicBoolean fired = new AtomicBoolean();
    List<Life> lives = new ArrayList<>();
    Purse.Trouble dies =
        call -> {
          if (call.operation() == operation
              && call.branch().branch().equals(branch)
              && fired.compareAndSet(false, true)) {
            lives.getFirst().close();
            throw new IOException("it is dead");
          }
        };
    if (before) {
      world.purse.before = dies;
    } else {
      world.purse.after = dies;
    }
    lives.add(new Life(world, store -> store));
    try {
      start(world, lives.getFirst(), name);
      long end = System.nanoTime() + PATIENCE.toNanos();
      TccResult<Trip> result = null;
      while (result == null) {
        assertThat(System.nanoTime()).as(name).isLessThan(end);
        if (fired.get() && lives.size() == 1) {
          lives.add(new Life(world, store -> store));
        }
        result = ended(world, lives.getLast());
      }
      keepsTheLaws(world, result, name);
      assertThat(result.isConfirmed()).as(name).isEqualTo(operation != TccOperation.CANCEL);
      return fired.get();
    } finally {
      lives.forEach(Life::close);
    }
  }
}
