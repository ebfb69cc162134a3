package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.store.Relays.DeadLetter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a relay loses nothing and keeps the order of keys wherever it fails or dies (P8). Method:
 * the same little business, once for every call of the store that it makes and every way in which
 * that call can go wrong, on a real PostgreSQL.
 */
class RelayFaultsTest {

  private static final int CALLS = 2;
  private static final Set<String> FIRED = ConcurrentHashMap.newKeySet();
  private static final Duration LEASE = Duration.ofMillis(400);

  /** Takes everything but what is bad, until it is told to. */
  private static final class Strict implements Sink {
    private final List<StoredMessage> got = new CopyOnWriteArrayList<>();
    private final AtomicInteger rejections = new AtomicInteger();
    private volatile boolean lenient;

    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      for (StoredMessage message : messages) {
        if (!lenient && message.type().equals("Bad")) {
          rejections.incrementAndGet();
          receipts.rejected(message, "bad");
        } else {
          got.add(message);
          receipts.delivered(message);
        }
      }
    }

    /** The first time each came, in that order. */
    List<String> firsts(String key) {
      return got.stream()
          .filter(message -> key.equals(message.key()))
          .map(message -> message.payload().text())
          .distinct()
          .toList();
    }
  }

  /** Only its sending goes wrong. */
  private record Named(Sink faulty) implements Sink {
    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      faulty.send(messages, receipts);
    }
  }

  private static ConcordatBuilder concordat(Fixture db, String schema, Sink sink) {
    return db.concordat()
        .schema(schema)
        .pollingOnly()
        .relay(
            Relay.named("r", sink)
                .lease(LEASE)
                .retry(RetryPolicy.exponential(Duration.ofMillis(1)).upTo(Duration.ofMillis(5))));
  }

  private static void publish(Fixture db, Concordat concordat, Message... messages) {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      concordat.outbox().publish(connection, messages);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Message message(String type, String key, String text) {
    return Message.of("orders", type).key(key).text(text);
  }

  private static void await(Runnable meanwhile, BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      meanwhile.run();
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
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
            String schema = "s" + cases.size();
            cases.add(() -> run(db, schema, plan, plan.toString()));
          }
        }
      }
      int fired = Cases.countTrue(cases);
      System.out.println("relay faults: " + cases.size() + " cases, " + fired + " fired");
      assertThat(fired).isGreaterThan(cases.size() / 2);
      assertThat(FIRED).as("no point is passed over").containsExactlyInAnyOrderElementsOf(ports());
    }
  }

  private static List<String> ports() {
    return List.of(
        "Ticks.newest",
        "Outbox.page",
        "Relays.claim",
        "Relays.checkpoint",
        "Relays.due",
        "Relays.settle",
        "Relays.park",
        "Outbox.trim",
        "Sink.send");
  }

  private static boolean run(Fixture db, String schema, FaultPlan plan, String name) {
    Strict sink = new Strict();
    List<Concordat> lives = new ArrayList<>();
    Sink faulty = plan.port(Sink.class, sink);
    lives.add(concordat(db, schema, new Named(faulty)).wrappingStore(plan::around).start());
    try (Concordat person = concordat(db, schema, sink).client()) {
      Runnable survive = () -> survive(lives, plan, () -> concordat(db, schema, sink).start());
      publish(
          db,
          person,
          message("T", "a", "a1"),
          message("Bad", "b", "b1"),
          message("T", "b", "b2"),
          message("T", "a", "a2"),
          message("T", "c", "c1").after(Duration.ofMillis(100)),
          message("T", "c", "c2").after(Duration.ofMillis(100)));
      await(survive, () -> person.messaging().deadLetters("r", 5).size() == 1, name + ": parked");
      int before = sink.rejections.get();
      replay(person);
      await(survive, () -> sink.rejections.get() > before, name + ": rejected again");
      sink.lenient = true;
      publish(db, person, message("T", "a", "a3"), message("T", "b", "b3"));
      Runnable replay =
          () -> {
            survive.run();
            replay(person);
          };
      await(
          replay,
          () ->
              sink.firsts("b").size() == 3
                  && sink.firsts("a").size() == 3
                  && sink.firsts("c").size() == 2,
          name + ": all");
      assertThat(sink.firsts("a")).as(name).containsExactly("a1", "a2", "a3");
      assertThat(sink.firsts("b")).as(name).containsExactly("b1", "b2", "b3");
      await(survive, () -> person.messaging().deadLetters("r", 5).isEmpty(), name + ": settled");
      if (plan.fired) {
        FIRED.add(plan.port());
      }
      return plan.fired;
    } finally {
      lives.forEach(Concordat::close);
    }
  }

  /** One that is just being parked again takes no notice, so a person says it until it is gone. */
  private static void replay(Concordat person) {
    for (DeadLetter dead : person.messaging().deadLetters("r", 1)) {
      try {
        person.messaging().replay("r", dead.message().position());
      } catch (RefusedException e) {
        // It was delivered meanwhile.
        return;
      }
    }
  }

  /** Whoever is dead is followed by another. */
  private static void survive(List<Concordat> lives, FaultPlan plan, Supplier<Concordat> next) {
    if (plan.dead && lives.size() == 1) {
      lives.get(0).messaging().kill();
      lives.add(next.get());
    }
  }
}
