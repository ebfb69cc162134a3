package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.ConsumerListener;
import dev.concordat.store.Consumers.DeadLetter;
import dev.concordat.store.Consumers.Standing;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a consumer handles each message once, in the order of its key, and nothing is lost or
 * skipped when handling fails (P8). Method: consumers on a real PostgreSQL that write into a
 * ledger; the source is a log that is read again from where it was told to.
 */
class ConsumerTest {

  private static final RetryPolicy SOON =
      RetryPolicy.exponential(Duration.ofMillis(1)).upTo(Duration.ofMillis(5)).attempts(3);

  private final Fixture db = Fixture.open();
  private final LogSource.Log log = new LogSource.Log(3);
  private final Set<String> bad = ConcurrentHashMap.newKeySet();
  private final AtomicInteger attempts = new AtomicInteger();

  @AfterEach
  void close() {
    db.close();
  }

  private Consumer consumer() {
    return Consumer.named("billing", new LogSource(log)).on("T", this::handle).retry(SOON);
  }

  private void handle(Connection tx, ReceivedMessage message) throws SQLException {
    String text = message.payload().text();
    Fixture.sql(tx, "INSERT INTO ledger (what) VALUES (?)", message.key() + ":" + text);
    if (bad.contains(text)) {
      attempts.incrementAndGet();
      throw new IllegalStateException("cannot handle " + text);
    }
  }

  private Concordat start(Consumer consumer) {
    return db.concordat().consumer(consumer).start();
  }

  private static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private List<String> ledger() {
    return db.strings("SELECT what FROM ledger ORDER BY at");
  }

  private List<String> ledger(String key) {
    return ledger().stream().filter(what -> what.startsWith(key + ":")).toList();
  }

  private void awaitLedger(int size) {
    await(() -> ledger().size() >= size, "ledger: " + ledger());
    assertThat(ledger()).hasSize(size);
  }

  private void awaitAllTold() {
    await(() -> log.told() == log.size(), "told to the source");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("P8: each message is handled once, in the order of its key")
  void handlesOnceInOrder(boolean offsets) {
    for (int i = 0; i < 60; i++) {
      log.add("m" + i, "k" + i % 7, "T", String.valueOf(i));
    }
    Consumer consumer = offsets ? consumer().offsetsInDatabase() : consumer();
    for (int life = 0; life < 2; life++) {
      try (Concordat unused = start(consumer.batch(life == 0 ? 1 : 10))) {
        awaitLedger(60 + life * 5);
        if (life == 0) {
          awaitAllTold();
          for (int i = 60; i < 65; i++) {
            log.add("m" + i, "k" + i % 7, "T", String.valueOf(i));
          }
          awaitLedger(65);
        }
      }
    }
    List<String> expected = new ArrayList<>();
    for (int i = 3; i < 65; i += 7) {
      expected.add("k3:" + i);
    }
    assertThat(ledger("k3")).isEqualTo(expected);
  }

  @Test
  @DisplayName("P8: what is delivered again under its id is known")
  void knowsWhatItHandled() {
    AtomicInteger known = new AtomicInteger();
    ConsumerListener counting =
        new ConsumerListener() {
          @Override
          public void handled(String consumer, int count, int again) {
            known.addAndGet(again);
          }
        };
    log.add("m1", "a", "T", "1");
    log.add("m1", "a", "T", "1");
    log.add("m2", "a", "T", "2");
    try (Concordat unused = db.concordat().consumer(consumer()).listener(counting).start()) {
      awaitLedger(2);
    }
    assertThat(ledger()).containsExactly("a:1", "a:2");
    assertThat(known).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("P8: what fails is tried again, what follows of its key waits, the rest go on")
  void failsAndRecovers(boolean offsets) {
    bad.add("2");
    log.add("m1", "a", "T", "1");
    log.add("m2", "a", "T", "2");
    log.add("m3", "a", "T", "3");
    log.add("m4", "b", "T", "4");
    Consumer consumer = consumer().batch(10);
    try (Concordat concordat = start(offsets ? consumer.offsetsInDatabase() : consumer)) {
      await(() -> !concordat.consuming().deadLetters("billing", 9).isEmpty(), "dead");
      awaitLedger(2);
      awaitAllTold();
      DeadLetter dead = concordat.consuming().deadLetters("billing", 9).get(0);
      assertThat(dead.message().id()).isEqualTo("m2");
      assertThat(dead.reason()).contains("IllegalStateException: cannot handle 2");
      assertThat(dead.attempts()).isEqualTo(3);
      await(() -> concordat.consuming().deadLetters("billing", 9).get(0).behind() == 1, "behind");
      assertThat(concordat.consuming().standings())
          .containsExactly(new Standing("billing", offsets, 1, 1));

      int tried = attempts.get();
      concordat.consuming().replay("billing", dead.no());
      await(() -> attempts.get() >= tried + 1, "tried again");
      bad.clear();
      await(
          () -> {
            concordat.consuming().deadLetters("billing", 9).forEach(letter -> replay(concordat));
            return ledger("a").size() == 3;
          },
          "handled at last");
      log.add("m5", "a", "T", "5");
      awaitLedger(5);
    }
    assertThat(ledger("a")).containsExactly("a:1", "a:2", "a:3", "a:5");
  }

  private static void replay(Concordat concordat) {
    for (DeadLetter letter : concordat.consuming().deadLetters("billing", 9)) {
      try {
        concordat.consuming().replay("billing", letter.no());
      } catch (RefusedException e) {
        // It was on its way already.
        return;
      }
    }
  }

  @Test
  void causesMayFormACircle() {
    Consumer consumer =
        Consumer.named("billing", new LogSource(log))
            .on(
                "T",
                (tx, message) -> {
                  IllegalStateException one = new IllegalStateException("one");
                  one.initCause(new IllegalStateException("other", one));
                  throw one;
                })
            .retry(RetryPolicy.never());
    log.add("m1", "a", "T", "1");
    try (Concordat concordat = start(consumer)) {
      await(() -> !concordat.consuming().deadLetters("billing", 9).isEmpty(), "dead");
      assertThat(concordat.consuming().deadLetters("billing", 9).get(0).reason())
          .isEqualTo("IllegalStateException: one");
    }
  }

  @Test
  @DisplayName("P8: whoever remembers for less long does not forget what others count on")
  void theLongestMemoryCounts() {
    log.add("m1", "a", "T", "1");
    db.concordat().rememberMessages(Duration.ofMillis(1)).start().close();
    try (Concordat unused =
        db.concordat().consumer(consumer()).rememberMessages(Duration.ofDays(60)).start()) {
      awaitLedger(1);
      db.sql("INSERT INTO concordat.inbox VALUES ('old', 'm', '', now() - interval '59 days')");
      db.sql("INSERT INTO concordat.inbox VALUES ('old', 'n', '', now() - interval '61 days')");
      try (Concordat relaysOnly = db.concordat().rememberMessages(Duration.ofMillis(1)).start()) {
        db.await("SELECT count(*) FROM concordat.inbox WHERE message = 'n'", "0");
      }
      assertThat(db.strings("SELECT message FROM concordat.inbox")).contains("m1", "m");
    }
  }

  @Test
  void aDeadLetterThatIsDiscardedCountsAsHandled() {
    bad.add("1");
    log.add("m1", "a", "T", "1");
    log.add("m2", "a", "T", "2");
    try (Concordat concordat = start(consumer())) {
      await(() -> !concordat.consuming().deadLetters("billing", 9).isEmpty(), "dead");
      concordat
          .consuming()
          .discard("billing", concordat.consuming().deadLetters("billing", 9).get(0).no());
      awaitLedger(1);
      bad.clear();
      log.add("m1", "a", "T", "1");
      log.add("m3", "a", "T", "3");
      awaitLedger(2);
      assertThatThrownBy(() -> concordat.consuming().discard("billing", 4711))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("has no message 4711 that waits for a person or is tried again");
    }
    assertThat(ledger()).containsExactly("a:2", "a:3");
  }

  record Order(String id, int cents) {}

  @Test
  void whatCannotBeReadWaitsForAPersonAtOnce() {
    log.add("m1", "a", "Order", "{\"id\":\"o1\",\"cents\":5}");
    log.add("m2", "b", "Order", "no order");
    log.add("m3", "c", "Refused", "");
    log.add("m4", "d", "Strange", "");
    Consumer consumer =
        Consumer.named("billing", new LogSource(log))
            .on(
                "Order",
                Order.class,
                (tx, order, message) ->
                    Fixture.sql(tx, "INSERT INTO ledger (what) VALUES (?)", order.id()))
            .on(
                "Refused",
                (tx, message) -> {
                  throw new RefusedException("not with us");
                });
    try (Concordat concordat = start(consumer)) {
      await(() -> concordat.consuming().deadLetters("billing", 9).size() == 2, "dead");
      awaitLedger(1);
      awaitAllTold();
      assertThat(concordat.consuming().deadLetters("billing", 9))
          .extracting(DeadLetter::reason)
          .containsExactlyInAnyOrder("message m2 (Order) is no Order in JSON", "not with us");
    }
  }

  @Test
  @DisplayName("P8: another message under a known id is an alarm, and is not handled")
  void sameIdOtherMessage() {
    log.add("m1", "a", "T", "1");
    log.add("m1", "a", "T", "other");
    log.add("m2", "b", "T", "2");
    try (Concordat concordat = start(consumer())) {
      await(() -> !concordat.consuming().deadLetters("billing", 9).isEmpty(), "dead");
      awaitLedger(2);
      DeadLetter dead = concordat.consuming().deadLetters("billing", 9).get(0);
      assertThat(dead.reason()).contains("another message was handled under this id");
      concordat.consuming().discard("billing", dead.no());
      await(() -> concordat.consuming().standings().get(0).dead() == 0, "gone");
      log.add("m3", "a", "T", "3");
      awaitLedger(3);
    }
  }

  /** Stands still in its handler, as a stopped process does, with its transaction open. */
  private Consumer standingStill(CountDownLatch begun, CountDownLatch goOn) {
    return Consumer.named("billing", new LogSource(log))
        .on(
            "T",
            (tx, message) -> {
              begun.countDown();
              assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
              handle(tx, message);
            })
        .offsetsInDatabase();
  }

  private static ConsumerListener unavailable(Collection<String> reasons) {
    return new ConsumerListener() {
      @Override
      public void unavailable(String consumer, String reason) {
        reasons.add(reason);
      }
    };
  }

  @Test
  @DisplayName("P6: a consumer that lost its lane while it was handling changes nothing any more")
  void zombiesAreFenced() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Set<String> heard = ConcurrentHashMap.newKeySet();
    log.add("m1", "a", "T", "1");
    try (Concordat zombie =
        db.concordat().consumer(standingStill(begun, goOn)).listener(unavailable(heard)).start()) {
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      // What tcp_keepalives or a person does to a process that is gone.
      db.sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE state = 'idle in transaction' AND datname = current_database()");
      try (Concordat heir = start(consumer().offsetsInDatabase())) {
        awaitLedger(1);
        goOn.countDown();
        await(
            () -> heard.stream().anyMatch(why -> why.contains("somebody else claimed a lane")),
            "fenced: " + heard);
        log.add("m2", "a", "T", "2");
        awaitLedger(2);
      }
    }
    assertThat(ledger()).containsExactly("a:1", "a:2");
  }

  @Test
  @DisplayName("P10: whoever stands still in a handler does not keep its heir from starting")
  void theHeirOfAHeldLaneStarts() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Set<String> heard = ConcurrentHashMap.newKeySet();
    log.add("m1", "a", "T", "1");
    try (Concordat still = start(standingStill(begun, goOn))) {
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      try (Concordat heir =
          db.concordat()
              .consumer(consumer().offsetsInDatabase())
              .listener(unavailable(heard))
              .start()) {
        await(
            () -> heard.stream().anyMatch(why -> why.contains("pg_terminate_backend")),
            "told: " + heard);
        assertThat(ledger()).isEmpty();
        goOn.countDown();
        log.add("m2", "a", "T", "2");
        awaitLedger(2);
      }
    }
    assertThat(ledger()).containsExactly("a:1", "a:2");
  }

  @Test
  @DisplayName("P6: a lane that somebody else claimed is claimed anew, as long as it is ours")
  void aFencedLaneIsClaimedAnew() {
    try (Concordat unused = start(consumer().offsetsInDatabase())) {
      log.add("m1", "a", "T", "1");
      awaitLedger(1);
      db.sql("UPDATE concordat.consumer_lane SET epoch = epoch + 1");
      log.add("m2", "a", "T", "2");
      awaitLedger(2);
    }
    assertThat(ledger()).containsExactly("a:1", "a:2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("P8: in a batch nothing passes a message of its key that cannot be read")
  void nothingPassesThePoisonInABatch(boolean offsets) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Set<String> parked = ConcurrentHashMap.newKeySet();
    ConsumerListener listening =
        new ConsumerListener() {
          @Override
          public void parked(String consumer, ReceivedMessage message, String reason) {
            parked.add(message.id());
          }
        };
    Consumer slow =
        Consumer.named("billing", new LogSource(log))
            .on(
                "Slow",
                (tx, message) -> {
                  begun.countDown();
                  assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
                })
            .on("Order", Order.class, (tx, order, message) -> handle(tx, message))
            .on("T", this::handle)
            .batch(10);
    log.add("m0", "a", "Slow", "0");
    try (Concordat concordat =
        db.concordat()
            .consumer(offsets ? slow.offsetsInDatabase() : slow)
            .listener(listening)
            .start()) {
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      log.add("m1", "a", "Order", "no order");
      log.add("m2", "a", "T", "2");
      await(() -> log.received() == 3, "received");
      goOn.countDown();
      await(() -> concordat.consuming().deadLetters("billing", 9).size() == 1, "dead");
      await(() -> concordat.consuming().deadLetters("billing", 9).get(0).behind() == 1, "behind");
      assertThat(parked).containsExactly("m1");
      assertThat(ledger()).isEmpty();
      concordat
          .consuming()
          .discard("billing", concordat.consuming().deadLetters("billing", 9).get(0).no());
      awaitLedger(1);
    }
  }

  @Test
  void aKeyMayBeLong() {
    String key = "k".repeat(20_000) + System.nanoTime();
    bad.add("1");
    log.add("m1", key, "T", "1");
    log.add("m2", key, "T", "2");
    try (Concordat concordat = start(consumer())) {
      await(() -> !concordat.consuming().deadLetters("billing", 9).isEmpty(), "dead");
      await(() -> concordat.consuming().deadLetters("billing", 9).get(0).behind() == 1, "behind");
    }
  }

  @Test
  void anOutageHoldsUpAndLosesNothing() {
    AtomicInteger outages = new AtomicInteger();
    ConsumerListener counting =
        new ConsumerListener() {
          @Override
          public void unavailable(String consumer, String reason) {
            outages.incrementAndGet();
          }
        };
    log.down = true;
    log.add("m1", "a", "T", "1");
    try (Concordat unused = db.concordat().consumer(consumer()).listener(counting).start()) {
      await(() -> outages.get() > 1, "noticed");
      log.down = false;
      awaitLedger(1);
      log.down = true;
      log.add("m2", "a", "T", "2");
      int before = outages.get();
      await(() -> outages.get() > before, "noticed again");
      log.down = false;
      awaitLedger(2);
    }
    assertThat(ledger()).containsExactly("a:1", "a:2");
  }

  @Test
  void twoConsumersOfOneNameAreRefused() {
    assertThatThrownBy(() -> db.concordat().consumer(consumer()).consumer(consumer()).start())
        .isInstanceOf(RefusedException.class)
        .hasMessage("two consumers are named 'billing'");
  }

  @Test
  void idsCannotBecomeOffsets() {
    start(consumer()).close();
    assertThatThrownBy(() -> start(consumer().offsetsInDatabase()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("keep that, or give the consumer another name");
  }
}
