package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.store.Relays;
import dev.concordat.store.Store;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: the outbox costs no more than its inserts, gives its files back, and never what is not
 * relayed; and who slept past its lease sends nothing more (P6, P8). Method: relays on a real
 * PostgreSQL, and what PostgreSQL counts.
 */
class RelaySpaceTest {

  private static final String SECOND_PART = "SELECT setval('concordat.position', 1048576)";
  private static final String FOURTH_PART = "SELECT setval('concordat.position', 3 * 1048576)";

  private static final String WAITS =
      "SELECT count(*) FROM pg_locks WHERE relation = 'concordat.outbox_0'::regclass"
          + " AND mode = 'AccessExclusiveLock' AND NOT granted";

  private final Fixture db = Fixture.open();
  private final List<String> got = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    db.close();
  }

  private void take(List<StoredMessage> messages, Sink.Receipts receipts) {
    for (StoredMessage message : messages) {
      got.add(message.payload().text());
      receipts.delivered(message);
    }
  }

  private void publish(Concordat concordat, String text) {
    try (Connection connection = open()) {
      concordat.outbox().publish(connection, Message.of("orders", "T").key(text).text(text));
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Connection open() throws SQLException {
    Connection connection = db.pool.getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Test
  @DisplayName("P8: relaying touches no row, also while an old snapshot is held")
  void noRowIsTouchedAndAnOldSnapshotKeepsNothing() throws SQLException {
    try (Concordat concordat = db.concordat().relay(Relay.named("r", this::take)).start();
        Connection old = open()) {
      old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      Fixture.sql(old, "SELECT FROM ledger");
      for (int i = 0; i < 50; i++) {
        publish(concordat, "n" + i);
      }
      await(() -> got.size() == 50, "all");
      String counted =
          "SELECT sum(n_tup_ins) || ' ' || sum(n_tup_upd) || ' ' || sum(n_tup_del)"
              + " FROM pg_stat_user_tables WHERE relname LIKE 'outbox%'";
      db.await(counted, "50 0 0");

      db.sql(FOURTH_PART);
      publish(concordat, "in the fourth part");
      db.await("SELECT count(*) FROM concordat.outbox", "1");
      db.await("SELECT pg_relation_size('concordat.outbox_0')", "0");
      old.rollback();
      old.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
  }

  @Test
  @DisplayName("P8: what is not relayed is kept, however long and however far others are")
  void whatIsNotRelayedIsKept() {
    CountDownLatch up = new CountDownLatch(1);
    Sink down =
        (messages, receipts) -> {
          if (up.getCount() == 0) {
            take(messages, receipts);
          } else {
            messages.forEach(message -> receipts.unavailable(message, "it is down"));
          }
        };
    AtomicInteger others = new AtomicInteger();
    Sink other =
        (messages, receipts) -> {
          others.addAndGet(messages.size());
          messages.forEach(receipts::delivered);
        };
    AtomicReference<Store> store = new AtomicReference<>();
    ConcordatBuilder builder =
        db.concordat()
            .relay(Relay.named("r", down))
            .relay(Relay.named("other", other))
            .wrappingStore(real -> {
              store.set(real);
              return real;
            });
    try (Concordat concordat = builder.start()) {
      publish(concordat, "one");
      db.sql(SECOND_PART);
      publish(concordat, "two");
      db.sql(FOURTH_PART);
      publish(concordat, "three");
      await(() -> others.get() == 3, "the other relay");
      assertThat(store.get().outbox().trim()).isZero();
      assertThat(db.text("SELECT count(*) FROM concordat.outbox")).isEqualTo("3");

      up.countDown();
      await(() -> got.size() == 3, "all");
      db.await("SELECT count(*) FROM concordat.outbox", "1");
    }
  }

  @Test
  @DisplayName("P8: who reads the outbox for long holds up nobody, and is not waited for")
  void aReaderOfTheTableHoldsUpNobody() throws Exception {
    AtomicReference<Store> store = new AtomicReference<>();
    ConcordatBuilder builder =
        db.concordat()
            .relay(Relay.named("r", this::take))
            .wrappingStore(real -> {
              store.set(real);
              return real;
            });
    try (Concordat concordat = builder.start();
        Connection reader = open()) {
      publish(concordat, "one");
      await(() -> got.size() == 1, "one");
      Fixture.sql(reader, "SELECT FROM concordat.outbox");
      db.sql(FOURTH_PART);
      publish(concordat, "two");
      await(() -> got.size() == 2, "two");
      db.await("SELECT from_tick = (SELECT max(no) FROM concordat.tick) FROM concordat.relay", "t");

      Thread trimming = Thread.ofVirtual().start(() -> store.get().outbox().trim());
      await(() -> !trimming.isAlive() || db.text(WAITS).equals("1"), "it waits, or has given up");
      for (int i = 0; i < 20; i++) {
        publish(concordat, "n" + i);
      }
      await(() -> got.size() == 22, "the others");
      trimming.join();
      assertThat(db.text("SELECT count(*) FROM concordat.outbox")).isEqualTo("22");
      reader.rollback();
      db.await("SELECT count(*) FROM concordat.outbox", "21");
    }
  }

  @Test
  @DisplayName("P6: a relay that slept past its lease sends nothing more of what it had read")
  void whoSleptPastItsLeaseSendsNothingMore() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger late = new AtomicInteger();
    AtomicInteger first = new AtomicInteger();
    Sink sleeping =
        (messages, receipts) -> {
          if (begun.getCount() == 0) {
            late.addAndGet(messages.size());
          } else {
            first.set(messages.size());
            begun.countDown();
            awaitQuietly(goOn);
          }
          messages.forEach(receipts::delivered);
        };
    Duration lease = Duration.ofSeconds(1);
    Relay zombie = Relay.named("r", sleeping).lease(lease);
    try (Concordat one = db.concordat().relay(zombie).start()) {
      publishAll(one, 300);
      assertThat(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      Relay heir = Relay.named("r", this::take).lease(Duration.ofSeconds(4));
      try (Concordat unused = db.concordat().relay(heir).start()) {
        await(() -> got.size() == 300, "the heir");
        goOn.countDown();
      }
      await(() -> one.messaging().progress().get(0).claimed(), "it is awake, and claims anew");
      assertThat(first.get()).as("what it had in hand").isBetween(1, 299);
      assertThat(late).as("sent by who slept").hasValue(0);
    }
  }

  @Test
  @DisplayName("P8: thousands of delayed messages that are due at once need few statements")
  void whatIsDueAtOnceNeedsFewStatements() {
    int count = 5000;
    AtomicInteger settled = new AtomicInteger();
    try (Concordat concordat =
        db.concordat()
            .relay(Relay.named("r", this::take))
            .wrappingStore(store -> counting(Store.class, store, "settle", settled))
            .start()) {
      try (Connection connection = open()) {
        for (int i = 0; i < count; i++) {
          Message message = Message.of("orders", "T").text("n" + i).after(Duration.ofSeconds(5));
          concordat.outbox().publish(connection, message);
        }
        connection.commit();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
      await(() -> got.size() == count, "all");
      db.await("SELECT count(*) FROM concordat.parked", "0");
      assertThat(settled.get()).isBetween(1, count / 50);
      assertThat(got).doesNotHaveDuplicates();
    }
  }

  /** Counts calls of that name, of the store and of the ports that it gives. */
  private static <T> T counting(Class<T> type, T real, String name, AtomicInteger calls) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getName().equals(name)) {
                calls.incrementAndGet();
              }
              Object result = method.invoke(real, arguments);
              return result instanceof Relays relays && type == Store.class
                  ? counting(Relays.class, relays, name, calls)
                  : result;
            }));
  }

  private void publishAll(Concordat concordat, int count) {
    Message[] messages = new Message[count];
    for (int i = 0; i < count; i++) {
      messages[i] = Message.of("orders", "T").key("k" + i).text("n" + i);
    }
    try (Connection connection = open()) {
      concordat.outbox().publish(connection, messages);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
