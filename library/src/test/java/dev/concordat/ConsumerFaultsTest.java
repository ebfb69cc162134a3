package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RetryPolicy;
import dev.concordat.messaging.Consumer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a consumer loses nothing, handles nothing twice and keeps the order of keys wherever it
 * fails or dies (P8). Method: the same little business, once for every call of the store that it
 * makes and every way in which that call can go wrong, on a real PostgreSQL.
 */
class ConsumerFaultsTest {

  private static final Set<String> FIRED = ConcurrentHashMap.newKeySet();
  private static final int CALLS = 3;

  private static final class World {
    private final Fixture db;
    private final String schema;
    private final boolean offsets;
    private final LogSource.Log log = new LogSource.Log(2);
    private final Set<String> bad = ConcurrentHashMap.newKeySet();

    World(Fixture db, String schema, boolean offsets) {
      this.db = db;
      this.schema = schema;
      this.offsets = offsets;
      db.sql("CREATE TABLE effect_" + schema + " (what text NOT NULL, at bigserial)");
    }

    ConcordatBuilder concordat() {
      Consumer consumer =
          Consumer.named("c", new LogSource(log))
              .on("T", this::handle)
              .batch(2)
              .concurrency(2)
              .retry(RetryPolicy.exponential(Duration.ofMillis(1)).attempts(2));
      return db.concordat()
          .schema(schema)
          .pollingOnly()
          .consumer(offsets ? consumer.offsetsInDatabase() : consumer);
    }

    private void handle(Connection tx, ReceivedMessage message) throws SQLException {
      String text = message.payload().text();
      Fixture.sql(tx, "INSERT INTO effect_" + schema + " (what) VALUES (?)", text);
      if (bad.contains(text)) {
        throw new IllegalStateException("bad");
      }
    }

    List<String> effects(String key) {
      return db.strings(
          "SELECT what FROM effect_" + schema + " WHERE what LIKE '" + key + "%' ORDER BY at");
    }
  }

  @Test
  @DisplayName("P8: a fault at every call of the store")
  void everyCallGoesWrongInEveryWay() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    try (Fixture db = Fixture.withConnections(70)) {
      for (String port : ports()) {
        for (FaultPlan.Fault fault : FaultPlan.Fault.values()) {
          for (int call = 1; call <= CALLS; call++) {
            FaultPlan plan = new FaultPlan(port, call, fault);
            World world = new World(db, "s" + cases.size(), cases.size() % 2 == 1);
            cases.add(() -> run(world, plan, plan.toString()));
          }
        }
      }
      int fired = Cases.countTrue(cases);
      System.out.println("consumer faults: " + cases.size() + " cases, " + fired + " fired");
      assertThat(fired).isGreaterThan(cases.size() / 3);
      assertThat(FIRED).as("no point is passed over").containsExactlyInAnyOrderElementsOf(ports());
    }
  }

  private static List<String> ports() {
    return List.of(
        "Transactions.run",
        "Consumers.accept",
        "Consumers.advance",
        "Consumers.parked",
        "Consumers.park",
        "Consumers.parkAgain",
        "Consumers.takeDue",
        "Consumers.settle",
        "Consumers.claim",
        "Inbox.note");
  }

  private static boolean run(World world, FaultPlan plan, String name) {
    world.bad.add("b1");
    world.log.add("1", "a", "T", "a1");
    world.log.add("2", "b", "T", "b1");
    world.log.add("3", "b", "T", "b2");
    world.log.add("4", "a", "T", "a2");
    List<Concordat> lives = new ArrayList<>();
    lives.add(world.concordat().wrappingStore(plan::around).start());
    try (Concordat person = world.concordat().client()) {
      await(
          () -> survive(world, lives, plan),
          () -> person.consuming().deadLetters("c", 5).size() == 1,
          name + ": dead");
      world.bad.clear();
      person.consuming().replay("c", person.consuming().deadLetters("c", 1).get(0).no());
      world.log.add("5", "a", "T", "a3");
      world.log.add("6", "b", "T", "b3");
      await(
          () -> survive(world, lives, plan),
          () -> world.effects("b").size() >= 3 && world.effects("a").size() >= 3,
          name + ": all");
      await(
          () -> survive(world, lives, plan),
          () ->
              (world.offsets || world.log.told() == 6)
                  && person.consuming().standings().get(0).waiting() == 0,
          name + ": told");
      assertThat(world.effects("a")).as(name).containsExactly("a1", "a2", "a3");
      assertThat(world.effects("b")).as(name).containsExactly("b1", "b2", "b3");
      if (plan.fired) {
        FIRED.add(plan.port());
      }
      return plan.fired;
    } finally {
      lives.forEach(Concordat::close);
    }
  }

  /** Whoever is dead is followed by another. */
  private static void survive(World world, List<Concordat> lives, FaultPlan plan) {
    if (plan.dead && lives.size() == 1) {
      lives.get(0).consuming().kill();
      lives.add(world.concordat().start());
    }
  }

  private static void await(Runnable meanwhile, BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      meanwhile.run();
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }
}
