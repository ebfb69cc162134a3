package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowEvent;
import dev.concordat.choreography.Service;
import dev.concordat.choreography.Tracker;
import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
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
 * Goal: a flow ends whole, and the tracker knows how, wherever a service or the tracker fails or
 * dies. Method: a flow that stalls and is turned back, and one that completes, once for every call
 * of the store and every way in which that call can go wrong, on a real PostgreSQL; every event
 * comes twice.
 */
class ChoreographyFaultsTest {

  private static final Set<String> FIRED = ConcurrentHashMap.newKeySet();
  private static final int CALLS = 2;

  private static final class World {
    private final Fixture db;
    private final String schema;
    private final LogSink sink = new LogSink(World::times);
    private final LogSource.Log starts = sink.log("worker", "starts", "saga.timeout");
    private final LogSource.Log ends = sink.log("ender", "middle", "back");
    private final LogSource.Log flows = sink.log("tracker", "concordat.flows");

    World(Fixture db, String schema) {
      this.db = db;
      this.schema = schema;
      db.sql("CREATE TABLE done_" + schema + " (what text NOT NULL, at bigserial)");
    }

    /** The middle of the flow that is to stall is lost. */
    private static int times(StoredMessage message) {
      return message.type().equals("Middle") && "stalls".equals(message.key()) ? 0 : 2;
    }

    private List<Message> note(Connection tx, String what, FlowEvent event, Message... events)
        throws SQLException {
      Fixture.sql(
          tx, "INSERT INTO done_" + schema + " (what) VALUES (?)", what + " " + event.flow());
      return List.of(events);
    }

    Service worker() {
      return Service.named("worker")
          .begins("Begun")
          .on("Begun")
          .step("work")
          .publishes("Middle")
          .handle((tx, event) -> note(tx, "work", event, Message.of("middle", "Middle")));
    }

    Service ender() {
      return Service.named("ender")
          .on("Middle")
          .pivot("end")
          .publishes("Ended")
          .handle((tx, event) -> note(tx, "end", event, Message.of("end", "Ended")));
    }

    /** One that has time, however slow the machine, and one that has not. */
    private static Flow flow(String name, Duration deadline) {
      return Flow.named(name, "Begun")
          .expects("Middle")
          .after("Begun")
          .expects("Ended")
          .after("Middle")
          .completes("Ended")
          .compensates("Undone")
          .deadline(deadline)
          .enforced();
    }

    ConcordatBuilder concordat() {
      Service undoing =
          worker()
              .on(Flow.TIMEOUT)
              .compensates("work")
              .publishes("Undone")
              .handle((tx, event) -> note(tx, "undo", event, Message.of("back", "Undone")));
      return db.concordat()
          .schema(schema)
          .pollingOnly()
          .relay(Relay.named("r", sink).lease(Duration.ofMillis(400)))
          .service(undoing, new LogSource(starts), World::soon)
          .service(ender(), new LogSource(ends), World::soon)
          .tracker(
              Tracker.of(
                  new LogSource(flows),
                  flow("goes", Duration.ofHours(1)),
                  flow("stalls", Duration.ofSeconds(2))));
    }

    private static Consumer soon(Consumer consumer) {
      return consumer
          .concurrency(1)
          .retry(RetryPolicy.exponential(Duration.ofMillis(5)).attempts(50));
    }

    void begin(Concordat concordat, String id) {
      try (Connection tx = db.pool.getConnection()) {
        tx.setAutoCommit(false);
        concordat
            .choreography()
            .begin(tx, worker(), id, id, "begin", Message.of("starts", "Begun"));
        tx.commit();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    List<String> done(String id) {
      return db.strings(
          "SELECT what FROM done_" + schema + " WHERE what LIKE '%" + id + "' ORDER BY at");
    }
  }

  @Test
  @DisplayName("T4: a fault at every call of the store")
  void everyCallGoesWrongInEveryWay() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    try (Fixture db = Fixture.withConnections(90)) {
      for (String port : ports()) {
        for (FaultPlan.Fault fault : FaultPlan.Fault.values()) {
          for (int call = 1; call <= CALLS; call++) {
            FaultPlan plan = new FaultPlan(port, call, fault);
            World world = new World(db, "s" + cases.size());
            cases.add(() -> run(world, plan));
          }
        }
      }
      int fired = Cases.countTrue(cases);
      System.out.println("choreography faults: " + cases.size() + " cases, " + fired + " fired");
      assertThat(fired).isGreaterThan(cases.size() / 2);
      assertThat(FIRED).as("no point is passed over").containsExactlyInAnyOrderElementsOf(ports());
    }
  }

  private static List<String> ports() {
    return List.of(
        "Transactions.run",
        "Reactions.begin",
        "Reactions.mark",
        "Outbox.append",
        "Flows.lock",
        "Flows.append",
        "Flows.takeDue",
        "Flows.declare",
        "Consumers.accept",
        "Consumers.takeDue");
  }

  private static boolean run(World world, FaultPlan plan) {
    List<Concordat> lives = new ArrayList<>();
    begin(world, lives, plan);
    try (Concordat person = world.concordat().client()) {
      world.begin(person, "goes");
      world.begin(person, "stalls");
      await(
          () -> survive(world, lives, plan),
          () -> is(person, "goes", Status.COMPLETED) && is(person, "stalls", Status.COMPENSATED),
          plan + ": " + person.choreography().list(null, null, 9));
      assertThat(world.done("goes")).as(plan + "").containsExactly("work goes", "end goes");
      // On a slow machine it is turned back before it has begun to work.
      assertThat(world.done("stalls"))
          .as(plan + "")
          .isIn(List.of("work stalls", "undo stalls"), List.of("undo stalls"));
      if (plan.fired) {
        FIRED.add(plan.port());
      }
      return plan.fired;
    } finally {
      lives.forEach(Concordat::close);
    }
  }

  /** A database that does not answer keeps it from starting; then the next one does. */
  private static void begin(World world, List<Concordat> lives, FaultPlan plan) {
    try {
      lives.add(world.concordat().wrappingStore(plan::around).start());
    } catch (NotNowException | OutcomeUnknownException e) {
      assertThat(plan.fired).isTrue();
      lives.add(world.concordat().start());
    }
  }

  private static boolean is(Concordat person, String id, Status status) {
    return person.choreography().find(id).filter(flow -> flow.status() == status).isPresent();
  }

  /** Whoever is dead is followed by another. */
  private static void survive(World world, List<Concordat> lives, FaultPlan plan) {
    if (plan.dead && lives.size() == 1) {
      lives.get(0).choreography().close();
      lives.get(0).consuming().kill();
      lives.get(0).messaging().kill();
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
