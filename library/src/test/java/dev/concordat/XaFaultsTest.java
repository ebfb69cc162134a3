package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import javax.sql.XADataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: wherever a call to an XA resource fails, or its caller dies, all branches commit or none,
 * each answer is true, and nothing stays in doubt (P7, P10, P11). Method: the same transfers, once
 * for every call that is made and every way in which it can go wrong, between a real PostgreSQL and
 * a real MariaDB; another process recovers what the first left.
 */
class XaFaultsTest {

  private static final int CALLS = 2;
  private static final int START = 1000;

  private record World(Fixture accounts, MariaDb ledger, String schema) {

    World {
      String table = "CREATE TABLE money_" + schema;
      accounts.sql(table + " (amount int NOT NULL CHECK (amount >= 0))");
      accounts.sql("INSERT INTO money_" + schema + " VALUES (" + START + ")");
      ledger.sql(table + " (amount int NOT NULL CHECK (amount >= 0))");
      ledger.sql("INSERT INTO money_" + schema + " VALUES (" + START + ")");
    }

    Concordat life(FaultPlan plan) {
      ConcordatBuilder builder = accounts.concordat().schema(schema).pollingOnly();
      return (plan == null ? builder : builder.wrappingBranches(plan::around)).start();
    }

    TwoPhaseCommit commit(Concordat concordat, FaultPlan plan) {
      XADataSource real = ledger.source();
      return concordat.twoPhaseCommit(
          TwoPhase.named("transfer")
              .database("accounts", accounts.pool)
              .xa("ledger", plan == null ? real : new XaPlan(plan::pass).around(real))
              .grace(Duration.ofMillis(300))
              .patience(Duration.ofMillis(300)));
    }

    Integer move(TwoPhaseTransaction tx, int amount) throws Exception {
      tx.on("accounts").update("UPDATE money_" + schema + " SET amount = amount - ?", amount);
      tx.on("ledger").update("UPDATE money_" + schema + " SET amount = amount + ?", amount);
      return amount;
    }

    int moved() {
      int here = Integer.parseInt(accounts.text("SELECT amount FROM money_" + schema));
      int there = Integer.parseInt(ledger.text("SELECT amount FROM money_" + schema));
      assertThat(here + there).as("money").isEqualTo(2 * START);
      return there - START;
    }

    boolean isInDoubt() {
      String open = "SELECT count(*) FROM " + schema + ".decision WHERE NOT settled";
      return ledger.prepared() > 0 || !accounts.text(open).equals("0");
    }
  }

  @Test
  @DisplayName("P7, P10, P11: a fault at every call to an XA resource")
  void everyCallGoesWrongInEveryWay() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    try (Fixture accounts = Fixture.withConnections(90)) {
      for (String port : ports()) {
        for (FaultPlan.Fault fault : FaultPlan.Fault.values()) {
          for (int call = 1; call <= CALLS; call++) {
            FaultPlan plan = new FaultPlan(port, call, fault);
            World world = new World(accounts, MariaDb.open(), "x" + cases.size());
            cases.add(() -> run(world, plan));
          }
        }
      }
      int fired = Cases.countTrue(cases);
      System.out.println("XA faults: " + cases.size() + " cases, " + fired + " fired");
      assertThat(fired).isGreaterThan(cases.size() / 2);
    }
  }

  private static List<String> ports() {
    return List.of(
        "XADataSource.getXAConnection",
        "XAResource.start",
        "Connection.prepareStatement",
        "XAResource.end",
        "XAResource.prepare",
        "Deciding.decide",
        "XAResource.commit",
        "XAResource.rollback",
        "XAResource.recover");
  }

  private static boolean run(World world, FaultPlan plan) {
    Map<Integer, Outcome<Integer>> outcomes = new LinkedHashMap<>();
    Concordat first = world.life(plan);
    TwoPhaseCommit dying = opened(world, first, plan);
    for (int amount : List.of(1, 2, 4000, 8)) {
      outcomes.put(amount, dying.execute("t" + amount, tx -> world.move(tx, amount)));
    }
    await(() -> plan.dead || !world.isInDoubt(), plan + ": the first ends what it began");
    if (plan.dead) {
      dying.kill();
    }
    try (Concordat second = world.life(null)) {
      TwoPhaseCommit commit = world.commit(second, null);
      await(() -> !world.isInDoubt(), plan + ": nothing stays in doubt");
      int moved = 0;
      for (Map.Entry<Integer, Outcome<Integer>> one : outcomes.entrySet()) {
        moved += applied(world, commit, one.getKey(), one.getValue(), plan);
      }
      await(() -> !world.isInDoubt(), plan + ": nothing stays in doubt");
      assertThat(world.moved()).as("%s %s", plan, outcomes).isEqualTo(moved);
      assertThat(commit.heuristics()).as("%s", plan).isEmpty();
    } finally {
      // It may have died only now, at one of its looks at what is in doubt.
      if (plan.dead) {
        dying.kill();
      }
      first.close();
    }
    return plan.fired;
  }

  /** What goes wrong while it is opened leaves nothing; then it is opened again. */
  private static TwoPhaseCommit opened(World world, Concordat concordat, FaultPlan plan) {
    try {
      return world.commit(concordat, plan);
    } catch (ConcordatException e) {
      assertThat(plan.fired).as("%s %s", plan, e).isTrue();
      plan.dead = false;
      return world.commit(concordat, plan);
    }
  }

  /** What was unknown is asked again with the same id, and is done once. */
  private static int applied(
      World world, TwoPhaseCommit commit, int amount, Outcome<Integer> outcome, FaultPlan plan) {
    String id = "t" + amount;
    Outcome<Integer> recorded = commit.outcome(id, Integer.class);
    return switch (outcome) {
      case Outcome.Done<Integer> done -> {
        assertThat(recorded).as("%s %s", plan, id).isEqualTo(done);
        yield amount;
      }
      case Outcome.Refused<Integer> refused -> {
        assertThat(recorded).as("%s %s", plan, id).isInstanceOf(Outcome.Unknown.class);
        yield 0;
      }
      case Outcome.Unknown<Integer> unknown -> {
        Outcome<Integer> again = commit.execute(id, tx -> world.move(tx, amount));
        if (amount > START) {
          assertThat(again).as("%s %s", plan, id).isInstanceOf(Outcome.Refused.class);
          yield 0;
        }
        assertThat(again).as("%s %s", plan, id).isEqualTo(new Outcome.Done<>(amount));
        yield amount;
      }
    };
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }
}
