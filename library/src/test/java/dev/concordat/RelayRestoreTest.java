package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what was not relayed when a database came to another cluster is relayed there, in the order
 * of its key (P8). Method: the rows are changed into what a dump, or logical replication, of them
 * looks like in a cluster that has seen far fewer transactions, on a real PostgreSQL.
 */
class RelayRestoreTest {

  private static final String MORE = " + 1000000000)";

  private static final String PARKED =
      "SELECT string_agg(state, ',' ORDER BY position) FROM concordat.parked WHERE relay = 'r'";

  private final Fixture db = Fixture.open();
  private final List<StoredMessage> got = new CopyOnWriteArrayList<>();
  private final Sink sink =
      (messages, receipts) -> {
        for (StoredMessage message : messages) {
          got.add(message);
          receipts.delivered(message);
        }
      };

  @AfterEach
  void close() {
    db.close();
  }

  private ConcordatBuilder concordat() {
    return db.concordat()
        .relay(
            Relay.named("r", sink)
                .lease(Duration.ofSeconds(2))
                .retry(RetryPolicy.exponential(Duration.ofMillis(1)).upTo(Duration.ofMillis(20))));
  }

  private void publish(Concordat concordat, String key, String... texts) {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      for (String text : texts) {
        concordat.outbox().publish(connection, Message.of("orders", "T").key(key).text(text));
      }
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> texts(String key) {
    return got.stream()
        .filter(message -> key.equals(message.key()))
        .map(message -> message.payload().text())
        .toList();
  }

  private void awaitTexts(String... texts) {
    long end = System.nanoTime() + PATIENCE.dividedBy(4).toNanos();
    while (texts("k").size() < texts.length && System.nanoTime() < end) {
      LockSupport.parkNanos(2_000_000);
    }
    assertThat(texts("k")).containsExactly(texts);
  }

  /** What was left, and then that; and of the other key what was left of it. */
  private void awaitLeftAnd(String... texts) {
    List<String> all = new ArrayList<>(List.of("relayed", "left 1", "left 2", "left 3"));
    all.addAll(List.of(texts));
    awaitTexts(all.toArray(String[]::new));
    assertThat(texts("other")).containsExactly("left too");
  }

  /** One message is relayed, three more of the same key and one of another are not. */
  private void relaySome() {
    try (Concordat concordat = concordat().start()) {
      publish(concordat, "k", "relayed");
      awaitTexts("relayed");
      db.await("SELECT from_tick = to_tick AND from_tick > 0 FROM concordat.relay", "t");
    }
    try (Concordat elsewhere = db.concordat().start()) {
      publish(elsewhere, "k", "left 1", "left 2");
      publish(elsewhere, "other", "left too");
      publish(elsewhere, "k", "left 3");
    }
  }

  private void moveToAnotherCluster() {
    db.sql("UPDATE concordat.outbox SET xid = ((xid::text::bigint" + MORE + "::text)::xid8");
    db.sql(
        "UPDATE concordat.tick SET system = 1, snapshot ="
            + " ((pg_snapshot_xmin(snapshot)::text::bigint"
            + MORE
            + " || ':' || (pg_snapshot_xmax(snapshot)::text::bigint"
            + MORE
            + " || ':')::pg_snapshot");
  }

  @Test
  @DisplayName("P8: a restore into another cluster loses nothing and repeats nothing")
  void nothingIsLostAndNothingRepeated() {
    relaySome();
    moveToAnotherCluster();

    try (Concordat concordat = concordat().start()) {
      publish(concordat, "k", "new");
      awaitLeftAnd("new");
      db.await("SELECT from_tick = to_tick AND from_tick > 0 FROM concordat.relay", "t");
    }
    try (Concordat again = concordat().start()) {
      publish(again, "k", "newer");
      awaitLeftAnd("new", "newer");
    }
  }

  @Test
  @DisplayName("P8: nor is anything lost if others commit while what is left is taken over")
  void othersCommitMeanwhile() throws Exception {
    relaySome();
    moveToAnotherCluster();

    try (Connection holds = db.pool.getConnection();
        Connection other = db.pool.getConnection()) {
      holds.setAutoCommit(false);
      Fixture.sql(holds, "SELECT FROM concordat.outbox FOR UPDATE");
      Thread starting = Thread.ofVirtual().start(() -> concordat().start().close());
      db.await(
          "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
              + " AND query LIKE '%next_tick%' AND datname = current_database()",
          "1");
      Fixture.note(other, "somebody else's number is higher than that of the tick");
      holds.commit();
      starting.join();
    }
    try (Concordat concordat = concordat().start()) {
      publish(concordat, "k", "new");
      awaitLeftAnd("new");
    }
  }

  @Test
  @DisplayName("P8: nor if the sequence was not carried over, as by logical replication")
  void theSequenceWasNotCarriedOver() {
    relaySome();
    moveToAnotherCluster();
    db.sql("ALTER SEQUENCE concordat.position RESTART");

    try (Concordat withoutRelay = db.concordat().start()) {
      publish(withoutRelay, "k", "early 1", "early 2");
    }
    try (Concordat concordat = concordat().start()) {
      publish(concordat, "k", "new");
      awaitLeftAnd("early 1", "early 2", "new");
    }
  }

  @Test
  @DisplayName(
      "P8: what cannot be delivered still waits for a person, if another relay lags behind")
  void aDeadLetterIsKept() {
    AtomicBoolean bad = new AtomicBoolean(true);
    Sink choosy =
        (messages, receipts) -> {
          for (StoredMessage message : messages) {
            if (bad.get() && message.payload().text().equals("head")) {
              receipts.rejected(message, "bad");
            } else {
              got.add(message);
              receipts.delivered(message);
            }
          }
        };
    Relay relay = Relay.named("r", choosy).lease(Duration.ofSeconds(2));
    Relay down =
        Relay.named(
                "down",
                (messages, receipts) -> messages.forEach(m -> receipts.unavailable(m, "down")))
            .lease(Duration.ofSeconds(2));
    try (Concordat concordat = db.concordat().relay(relay).relay(down).start()) {
      publish(concordat, "k", "head", "behind");
      db.await(PARKED, "PARKED,BEHIND");
      db.await(
          "SELECT from_tick = to_tick AND from_tick > 0 FROM concordat.relay WHERE name = 'r'",
          "t");
    }
    moveToAnotherCluster();

    try (Concordat concordat = db.concordat().relay(relay).relay(down).start()) {
      publish(concordat, "k", "new");
      db.await(PARKED, "PARKED,BEHIND,BEHIND");
      bad.set(false);
      concordat
          .messaging()
          .deadLetters("r", 10)
          .forEach(letter -> concordat.messaging().replay("r", letter.message().position()));
      awaitTexts("head", "behind", "new");
      db.await("SELECT count(*) FROM concordat.parked", "0");
    }
  }

  @Test
  @DisplayName("P8: a relay that works while its database becomes another loses nothing")
  void theClusterChangesUnderARelay() {
    try (Concordat concordat = concordat().start()) {
      publish(concordat, "k", "relayed");
      awaitTexts("relayed");
      db.await("SELECT from_tick = to_tick AND from_tick > 0 FROM concordat.relay", "t");
      moveToAnotherCluster();
      publish(concordat, "k", "new");
      awaitTexts("relayed", "new");
    }
  }
}
