package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: wherever a call to a database fails, or its caller dies, all branches commit or none, each
 * answer is true, and nothing stays in doubt (P7, P10, P11). Method: the same transfers, once for
 * every call that is made and every way in which it can go wrong, on two real databases; another
 * process recovers what the first left.
 */
class TwoPhaseFaultsTest {

  private static final int CALLS = 3;
  private static final int START = 1000;

  private record World(Fixture accounts, Fixture ledger, String schema) {

    World {
      for (Fixture db : List.of(accounts, ledger)) {
        db.sql("CREATE TABLE money_" + schema + " (amount int NOT NULL CHECK (amount >= 0))");
        db.sql("INSERT INTO money_" + schema + " VALUES (" + START + ")");
      }
    }

    Concordat life(FaultPlan plan) {
      ConcordatBuilder builder = accounts.concordat().schema(schema).pollingOnly();
      return (plan == null ? builder : builder.wrappingBranches(plan::around)).start();
    }

    TwoPhaseCommit commit(Concordat concordat) {
      return concordat.twoPhaseCommit(
          TwoPhase.named("transfer")
              .database("accounts", accounts.pool)
              .database("ledger", ledger.pool)
              .grace(Duration.ofMillis(300))
              .patience(Duration.ofMillis(300)));
    }

    Integer move(TwoPhaseTransaction tx, int amount) throws Exception {
      tx.on("accounts").update("UPDATE money_" + schema + " SET amount = amount - ?", amount);
      tx.on("ledger").update("UPDATE money_" + schema + " SET amount = amount + ?", amount);
      return amount;
    }

    int amount(Fixture db) {
      return Integer.parseInt(db.text("SELECT amount FROM money_" + schema));
    }

    boolean isInDoubt() {
      for (Fixture db : List.of(accounts, ledger)) {
        String marks =
            "SELECT count(*) FROM pg_prepared_xacts, "
                + schema
                + ".place p"
                + " WHERE database = current_database() AND gid LIKE '%@' || p.mark || ':%'";
        String open = "SELECT count(*) FROM " + schema + ".decision WHERE NOT settled";
        if (!db.text(marks).equals("0") || !db.text(open).equals("0")) {
          return true;
        }
      }
      return false;
    }
  }

  @Test
  @DisplayName("P7, P10, P11: a fault at every call to a database")
  void everyCallGoesWrongInEveryWay() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    try (Fixture accounts = Fixture.withConnections(90);
        Fixture ledger = Fixture.withConnections(60)) {
      for (String port : ports()) {
        for (FaultPlan.Fault fault : FaultPlan.Fault.values()) {
          for (int call = 1; call <= CALLS; call++) {
            FaultPlan plan = new FaultPlan(port, call, fault);
            World world = new World(accounts, ledger, "s" + cases.size());
            cases.add(() -> run(world, plan));
          }
        }
      }
      int fired = Cases.countTrue(cases);
      System.out.println("two-phase faults: " + cases.size() + " cases, " + fired + " fired");
      assertThat(fired).isGreaterThan(cases.size() / 2);
    }
  }

  private static List<String> ports() {
    return List.of(
        "AtomicDatabase.beginDeciding",
        "Deciding.update",
        "Deciding.prepare",
        "Deciding.decide",
        "Teller.commit",
        "Teller.rollBack",
        "AtomicDatabase.fence",
        "AtomicDatabase.prepared",
        "AtomicDatabase.unsettled",
        "AtomicDatabase.settle");
  }

  private static boolean run(World world, FaultPlan plan) throws Exception {
    Map<Integer, Outcome<Integer>> outcomes = new LinkedHashMap<>();
    Concordat first = world.life(plan);
    TwoPhaseCommit dying = world.commit(first);
    for (int amount : List.of(1, 2, 4000, 8)) {
      outcomes.put(amount, dying.execute("t" + amount, tx -> world.move(tx, amount)));
    }
    await(() -> plan.dead || !world.isInDoubt(), plan + ": the first ends what it began");
    if (plan.dead) {
      dying.kill();
    }
    try (Concordat second = world.life(null)) {
      TwoPhaseCommit commit = world.commit(second);
      await(() -> !world.isInDoubt(), plan + ": nothing stays in doubt");
      int moved = 0;
      for (Map.Entry<Integer, Outcome<Integer>> one : outcomes.entrySet()) {
        moved += applied(world, commit, one.getKey(), one.getValue(), plan);
      }
      await(() -> !world.isInDoubt(), plan + ": nothing stays in doubt");
      assertThat(world.amount(world.accounts)).as("%s %s", plan, outcomes).isEqualTo(START - moved);
      assertThat(world.amount(world.ledger)).as("%s %s", plan, outcomes).isEqualTo(START + moved);
      assertThat(commit.heuristics()).as("%s", plan).isEmpty();
    } finally {
      first.close();
    }
    return plan.fired;
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
      LockSupport.parkNanos(5_000_000);
    }
  }
}
