package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.saga.Saga;
import dev.concordat.store.Relays.DeadLetter;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what is published leaves if and only if its transaction committed, at least once and in the
 * order of its key (P8). Method: relays on a real PostgreSQL, to a sink that notes what it gets and
 * fails when it is told to.
 */
class RelayTest {

  private final Fixture db = Fixture.open();
  private final Noting sink = new Noting();

  @AfterEach
  void close() {
    db.close();
  }

  /** Notes what it gets, and takes nothing while it is down. */
  private static final class Noting implements Sink {
    private final List<StoredMessage> got = Collections.synchronizedList(new ArrayList<>());
    private final AtomicBoolean down = new AtomicBoolean();
    private volatile String rejects = "nothing";
    private volatile String downTopic = "none";

    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      for (StoredMessage message : messages) {
        if (down.get() || message.topic().equals(downTopic)) {
          receipts.unavailable(message, "it is down");
        } else if (message.type().equals(rejects)) {
          receipts.rejected(message, "no " + rejects + " here");
        } else {
          got.add(message);
          receipts.delivered(message);
        }
      }
    }

    List<String> texts() {
      synchronized (got) {
        return got.stream().map(message -> message.payload().text()).toList();
      }
    }
  }

  private ConcordatBuilder concordat() {
    return db.concordat().relay(relay());
  }

  private Relay relay() {
    return Relay.named("r", sink)
        .lease(Duration.ofSeconds(2))
        .retry(RetryPolicy.exponential(Duration.ofMillis(1)).upTo(Duration.ofMillis(20)));
  }

  private static Message message(String key, String text) {
    return Message.of("orders", "T").key(key).text(text);
  }

  private void publish(Concordat concordat, Message... messages) {
    try (Connection connection = open()) {
      concordat.outbox().publish(connection, messages);
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

  private void awaitTexts(String... texts) {
    await(() -> sink.texts().size() >= texts.length, "messages: " + sink.texts());
    assertThat(sink.texts()).containsExactly(texts);
  }

  @Test
  @DisplayName("P8: a message leaves if and only if its transaction committed")
  void onlyWhatIsCommittedLeaves() throws SQLException {
    try (Concordat concordat = concordat().start()) {
      try (Connection connection = open()) {
        concordat.outbox().publish(connection, message("k", "never"));
        connection.rollback();
      }
      publish(
          concordat,
          message("k", "one").header("tenant", "a"),
          Message.of("orders", "T").json(Map.of("n", 2)));

      awaitTexts("one", "{\"n\":2}");
      assertThat(sink.got.get(0).headers()).containsExactly(Map.entry("tenant", "a"));
      assertThat(sink.got.get(1).headers()).containsEntry("content-type", "application/json");
    }
  }

  @Test
  @DisplayName("P8: a relay that is closed in order leaves nothing to be sent again")
  void closingInOrderRepeatsNothing() {
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      messages.add(message("k" + i, String.valueOf(i)));
    }
    try (Concordat concordat = concordat().start()) {
      publish(concordat, messages.toArray(new Message[0]));
      await(() -> sink.texts().size() > 100, "begun");
    }
    try (Concordat unused = concordat().start()) {
      await(() -> Set.copyOf(sink.texts()).size() == 3000, "all");
      assertThat(sink.texts()).doesNotHaveDuplicates();
    }
  }

  @Test
  void publishingNeedsATransaction() throws SQLException {
    try (Concordat concordat = concordat().start();
        Connection connection = db.pool.getConnection()) {
      assertThatThrownBy(() -> concordat.outbox().publish(connection, message("k", "x")))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("setAutoCommit(false)");
    }
  }

  @Test
  @DisplayName("P8: a lower position that commits later is not lost, and holds nobody up")
  void positionsThatCommitInAnotherOrder() throws SQLException {
    try (Concordat concordat = concordat().start();
        Connection early = open()) {
      concordat.outbox().publish(early, message("a", "early"));
      publish(concordat, message("b", "late"));
      awaitTexts("late");
      early.commit();
      awaitTexts("late", "early");
    }
  }

  @Test
  @DisplayName("P8: an open and a prepared transaction hold nobody up, and lose nothing")
  void aPreparedTransactionHoldsNobodyUp() throws SQLException {
    try (Concordat concordat = concordat().start();
        Connection prepared = open()) {
      concordat.outbox().publish(prepared, message("a", "prepared"));
      Fixture.sql(prepared, "PREPARE TRANSACTION 'relay-test'");
      prepared.commit();
      for (int i = 0; i < 20; i++) {
        publish(concordat, message("b", "n" + i));
      }
      await(() -> sink.texts().size() == 20, "the others");
      try (Connection connection = db.pool.getConnection()) {
        Fixture.sql(connection, "COMMIT PREPARED 'relay-test'");
      }
      await(() -> sink.texts().contains("prepared"), "the prepared one");
      assertThat(sink.texts()).hasSize(21);
    }
  }

  @Test
  void aSavepointTakesItsMessagesBack() throws SQLException {
    try (Concordat concordat = concordat().start();
        Connection connection = open()) {
      concordat.outbox().publish(connection, message("a", "one"));
      var savepoint = connection.setSavepoint();
      concordat.outbox().publish(connection, message("a", "two"));
      connection.rollback(savepoint);
      concordat.outbox().publish(connection, message("a", "three"));
      connection.commit();

      awaitTexts("one", "three");
    }
  }

  @Test
  @DisplayName("P8: messages of a key keep the order of their transactions, under many writers")
  void ordersByKey() throws Exception {
    try (Concordat concordat = db.concordat().relay(relay().lanes(2)).start()) {
      db.sql("CREATE TABLE counter (key text PRIMARY KEY, n int NOT NULL)");
      for (int k = 0; k < 5; k++) {
        db.sql("INSERT INTO counter VALUES (?, 0)", "k" + k);
      }
      List<Thread> writers = new ArrayList<>();
      for (int w = 0; w < 8; w++) {
        int seed = w;
        writers.add(Thread.ofVirtual().start(() -> count(concordat, seed)));
      }
      for (Thread writer : writers) {
        writer.join();
      }
      await(() -> sink.texts().size() >= 800, "all messages");
      Map<String, Integer> last = new HashMap<>();
      for (StoredMessage message : List.copyOf(sink.got)) {
        int n = Integer.parseInt(message.payload().text());
        assertThat(n).isEqualTo(last.merge(message.key(), 1, Integer::sum));
      }
    }
  }

  /** Each number of a key is published by who holds its row, or its key's lock. */
  private void count(Concordat concordat, int seed) {
    for (int i = 0; i < 100; i++) {
      String key = "k" + (seed + i) % 5;
      try (Connection connection = open()) {
        var statement =
            connection.prepareStatement("UPDATE counter SET n = n + 1 WHERE key = ? RETURNING n");
        statement.setString(1, key);
        var row = statement.executeQuery();
        row.next();
        concordat.outbox().publish(connection, message(key, String.valueOf(row.getInt(1))));
        connection.commit();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void orderedMessagesWaitForEachOther() throws Exception {
    try (Concordat concordat = concordat().start();
        Connection first = open()) {
      concordat.outbox().publish(first, message("k", "first").ordered());
      Thread second =
          Thread.ofVirtual().start(() -> publish(concordat, message("k", "second").ordered()));
      publish(concordat, message("other", "free").ordered());
      awaitTexts("free");
      db.await("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", "1");
      first.commit();
      second.join();
      awaitTexts("free", "first", "second");
    }
  }

  @Test
  @DisplayName("P8: an outage loses nothing and keeps the order")
  void anOutage() {
    try (Concordat concordat = db.concordat().relay(relay().window(16)).start()) {
      sink.down.set(true);
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        publish(concordat, message("k", "n" + i));
        all.add("n" + i);
      }
      sink.down.set(false);
      awaitTexts(all.toArray(String[]::new));
    }
  }

  @Test
  @DisplayName("P8: a topic that takes nothing does not stop the others, and loses nothing")
  void oneTopicIsDown() {
    sink.downTopic = "down";
    try (Concordat concordat = db.concordat().relay(relay().window(16)).start()) {
      publish(concordat, Message.of("down", "T").key("k").text("first"));
      for (int i = 0; i < 50; i++) {
        publish(concordat, message("k" + i, "n" + i));
      }
      publish(concordat, Message.of("down", "T").key("k").text("second"));
      await(() -> sink.texts().size() == 50, "all others");
      db.await("SELECT count(*) FROM concordat.parked", "2");
      assertThat(concordat.messaging().deadLetters("r", 10)).isEmpty();

      sink.downTopic = "none";
      await(() -> sink.texts().size() == 52, "what was held");
      assertThat(sink.texts().subList(50, 52)).containsExactly("first", "second");
      db.await("SELECT count(*) FROM concordat.parked", "0");
    }
  }

  @Test
  @DisplayName("P8: a sink that blocks for longer than the lease keeps its lane")
  void aSinkThatBlocks() {
    Sink slow =
        (messages, receipts) -> {
          for (StoredMessage message : messages) {
            LockSupport.parkNanos(Duration.ofMillis(4).toNanos());
            sink.send(List.of(message), receipts);
          }
        };
    Relay relay = Relay.named("r", slow).lease(Duration.ofMillis(600));
    Message[] messages = new Message[400];
    for (int i = 0; i < messages.length; i++) {
      messages[i] = message("k" + i, "n" + i);
    }
    try (Concordat one = db.concordat().relay(relay).start();
        Concordat two = db.concordat().relay(relay).start()) {
      publish(one, messages);
      db.await(
          "SELECT from_tick = to_tick AND from_tick = (SELECT max(no) FROM concordat.tick)"
              + " AND from_tick > 1 FROM concordat.relay",
          "t");
      assertThat(Set.copyOf(sink.texts())).hasSize(400);
      assertThat(two.messaging().progress()).hasSize(1);
    }
  }

  @Test
  @DisplayName("P8: a data source that is not READ COMMITTED is refused")
  void anotherIsolationIsRefused() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(db.pool.getJdbcUrl());
    config.setMaximumPoolSize(4);
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    try (HikariDataSource strict = new HikariDataSource(config)) {
      assertThatThrownBy(() -> Concordat.on(strict).relay(relay()).start())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("READ COMMITTED");
    }
  }

  @Test
  void aLeaseIsLongerThanNothing() {
    assertThatThrownBy(() -> relay().lease(Duration.ZERO)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> relay().idle(Duration.ofMillis(-1)))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  @DisplayName("P8: what cannot be delivered parks its key, and the rest go on")
  void aRejectedMessageParksItsKey() {
    sink.rejects = "Bad";
    try (Concordat concordat = concordat().start()) {
      publish(
          concordat,
          message("k", "before"),
          Message.of("orders", "Bad").key("k").text("bad"),
          message("k", "after"),
          message("other", "free"),
          Message.of("orders", "Bad").text("no key"));
      await(() -> concordat.messaging().deadLetters("r", 10).size() == 2, "two dead letters");
      publish(concordat, message("k", "later"), message("other", "freer"));
      await(() -> sink.texts().contains("freer"), "the others go on");
      assertThat(sink.texts()).containsExactly("before", "free", "freer");

      DeadLetter dead = concordat.messaging().deadLetters("r", 10).get(0);
      assertThat(dead.message().payload().text()).isEqualTo("bad");
      assertThat(dead.reason()).isEqualTo("no Bad here");
      await(
          () -> concordat.messaging().deadLetters("r", 10).get(0).behind() == 2,
          "those behind it wait");

      sink.rejects = "nothing";
      concordat.messaging().replay("r", dead.message().position());
      awaitTexts("before", "free", "freer", "bad", "after", "later");
      publish(concordat, message("k", "again in order"));
      await(() -> sink.texts().contains("again in order"), "the key is free again");
      assertThatThrownBy(() -> concordat.messaging().replay("r", 1))
          .isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void aDiscardedMessageLetsThoseBehindItGo() {
    sink.rejects = "Bad";
    try (Concordat concordat = concordat().start()) {
      publish(concordat, Message.of("orders", "Bad").key("k").text("bad"), message("k", "behind"));
      await(() -> concordat.messaging().deadLetters("r", 10).size() == 1, "a dead letter");
      concordat
          .messaging()
          .discard("r", concordat.messaging().deadLetters("r", 1).get(0).message().position());
      awaitTexts("behind");
      assertThat(concordat.messaging().deadLetters("r", 10)).isEmpty();
    }
  }

  @Test
  void aDelayedMessageLeavesAfterItsTimeAndHoldsNobodyUp() {
    try (Concordat concordat = concordat().start()) {
      Instant before = Instant.now();
      publish(
          concordat, message("k", "later").after(Duration.ofMillis(700)), message("k", "at once"));
      awaitTexts("at once");
      awaitTexts("at once", "later");
      assertThat(Duration.between(before, Instant.now())).isGreaterThan(Duration.ofMillis(650));
    }
  }

  @Test
  @DisplayName("P8: a relay that is killed loses nothing, and the next goes on")
  void aKilledRelay() {
    List<String> all = new CopyOnWriteArrayList<>();
    AtomicInteger lives = new AtomicInteger();
    Concordat concordat = concordat().start();
    for (int i = 0; i < 300; i++) {
      publish(concordat, message("k", "n" + i));
      all.add("n" + i);
      if (i % 100 == 50) {
        concordat.messaging().kill();
        concordat.close();
        concordat = concordat().start();
        lives.incrementAndGet();
      }
    }
    try (Concordat last = concordat) {
      await(() -> sink.texts().contains("n299"), "the last");
      assertThat(sink.texts().stream().distinct().toList()).containsExactlyElementsOf(all);
      assertThat(lives).hasValue(3);
      assertThat(last.messaging().progress()).hasSize(1);
    }
  }

  @Test
  @DisplayName("P8: what a saga's local step publishes leaves if and only if the step is done")
  void aLocalStepPublishes() {
    AtomicInteger attempts = new AtomicInteger();
    AtomicReference<Concordat> door = new AtomicReference<>();
    Saga<Fixture.Trip> saga =
        Saga.named("s", Fixture.Trip.class)
            .local(
                "tell",
                (tx, trip) -> {
                  door.get().outbox().publish(tx, message("k", "try " + attempts.get()));
                  if (attempts.incrementAndGet() < 3) {
                    throw new IOException("try again");
                  }
                  return trip;
                })
            .noCompensation("it is told")
            .retry(RetryPolicy.exponential(Duration.ofMillis(1)).attempts(5))
            .build();
    try (Concordat concordat = db.concordat(saga).relay(relay()).start()) {
      door.set(concordat);
      concordat.start(saga, "t", Fixture.Trip.of("t")).await(PATIENCE);
      awaitTexts("try 2");
    }
  }

  @Test
  void theSpaceOfWhatIsRelayedIsGivenBack() {
    try (Concordat concordat = concordat().start()) {
      publish(concordat, message("k", "in the first part"));
      db.sql("SELECT setval('concordat.position', 3 * 1048576)");
      publish(concordat, message("k", "in the fourth part"));
      await(() -> sink.texts().size() == 2, "both");
      db.await("SELECT count(*) FROM concordat.outbox", "1");
      assertThat(sink.texts()).hasSize(2);
    }
  }
}
