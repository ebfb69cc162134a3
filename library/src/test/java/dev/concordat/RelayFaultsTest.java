package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.store.Bell;
import dev.concordat.store.Inbox;
import dev.concordat.store.Instances;
import dev.concordat.store.Journal;
import dev.concordat.store.Leases;
import dev.concordat.store.Mailbox;
import dev.concordat.store.Outbox;
import dev.concordat.store.Relays;
import dev.concordat.store.Store;
import dev.concordat.store.Ticks;
import dev.concordat.store.Transactions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
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

  private enum Fault {
    FAIL_BEFORE,
    FAIL_AFTER,
    CRASH_BEFORE,
    CRASH_AFTER
  }

  private static final int CALLS = 2;
  private static final Duration LEASE = Duration.ofMillis(400);

  /** Which call goes wrong, and how. */
  private static final class Plan {
    private final String port;
    private final int call;
    private final Fault fault;
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    private volatile boolean fired;
    private volatile boolean dead;

    Plan(String port, int call, Fault fault) {
      this.port = port;
      this.call = call;
      this.fault = fault;
    }

    Object pass(String name, Object real, Method method, Object[] arguments) throws Throwable {
      if (dead) {
        throw new NotNowException("it is dead");
      }
      boolean now =
          name.equals(port)
              && calls.computeIfAbsent(name, key -> new AtomicInteger()).incrementAndGet() == call;
      if (!now) {
        return invoke(real, method, arguments);
      }
      fired = true;
      dead = fault == Fault.CRASH_BEFORE;
      if (fault == Fault.FAIL_BEFORE || dead) {
        throw new NotNowException("injected before " + name);
      }
      Object unused = invoke(real, method, arguments);
      dead = fault == Fault.CRASH_AFTER;
      throw new OutcomeUnknownException("k", "injected after " + name + unused, null);
    }

    private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
      try {
        return method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getTargetException();
      }
    }

    <P> P port(Class<P> type, P real) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) ->
                  pass(type.getSimpleName() + "." + method.getName(), real, method, arguments)));
    }

    Store around(Store store) {
      return new Ports(
          store,
          port(Outbox.class, store.outbox()),
          port(Ticks.class, store.ticks()),
          port(Relays.class, store.relays()));
    }
  }

  private record Ports(Store real, Outbox outbox, Ticks ticks, Relays relays) implements Store {
    @Override
    public Journal journal() {
      return real.journal();
    }

    @Override
    public Instances instances() {
      return real.instances();
    }

    @Override
    public Leases leases() {
      return real.leases();
    }

    @Override
    public Mailbox mailbox() {
      return real.mailbox();
    }

    @Override
    public Inbox inbox() {
      return real.inbox();
    }

    @Override
    public Bell bell() {
      return real.bell();
    }

    @Override
    public Transactions transactions() {
      return real.transactions();
    }

    @Override
    public void close() {
      real.close();
    }
  }

  /** Takes everything but what is bad, until it is told to. */
  private static final class Strict implements Sink {
    private final List<StoredMessage> got = new CopyOnWriteArrayList<>();
    private volatile boolean lenient;

    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      for (StoredMessage message : messages) {
        if (!lenient && message.type().equals("Bad")) {
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
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("P8: a fault at every call of the store")
  void everyCallGoesWrongInEveryWay() {
    int fired = 0;
    int cases = 0;
    try (Fixture db = Fixture.open()) {
      for (String port : ports()) {
        for (Fault fault : Fault.values()) {
          for (int call = 1; call <= CALLS; call++) {
            Plan plan = new Plan(port, call, fault);
            String name = port + "#" + call + " " + fault;
            run(db, "s" + cases++, plan, name);
            fired += plan.fired ? 1 : 0;
          }
        }
      }
    }
    System.out.println("relay faults: " + cases + " cases, " + fired + " fired");
    assertThat(fired).isGreaterThan(cases / 2);
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
        "Outbox.trim");
  }

  private static void run(Fixture db, String schema, Plan plan, String name) {
    Strict sink = new Strict();
    List<Concordat> lives = new ArrayList<>();
    lives.add(concordat(db, schema, sink).wrappingStore(plan::around).start());
    try (Concordat person = concordat(db, schema, sink).client()) {
      Runnable survive = () -> survive(lives, plan, () -> concordat(db, schema, sink).start());
      publish(
          db,
          person,
          message("T", "a", "a1"),
          message("Bad", "b", "b1"),
          message("T", "b", "b2"),
          message("T", "a", "a2"));
      await(survive, () -> person.messaging().deadLetters("r", 5).size() == 1, name + ": parked");
      sink.lenient = true;
      long position = person.messaging().deadLetters("r", 1).get(0).message().position();
      person.messaging().replay("r", position);
      publish(db, person, message("T", "a", "a3"), message("T", "b", "b3"));
      await(
          survive,
          () -> sink.firsts("b").size() == 3 && sink.firsts("a").size() == 3,
          name + ": all");
      assertThat(sink.firsts("a")).as(name).containsExactly("a1", "a2", "a3");
      assertThat(sink.firsts("b")).as(name).containsExactly("b1", "b2", "b3");
      await(survive, () -> person.messaging().deadLetters("r", 5).isEmpty(), name + ": settled");
    } finally {
      lives.forEach(Concordat::close);
    }
  }

  /** Whoever is dead is followed by another. */
  private static void survive(List<Concordat> lives, Plan plan, Supplier<Concordat> next) {
    if (plan.dead && lives.size() == 1) {
      lives.get(0).messaging().kill();
      lives.add(next.get());
    }
  }
}
