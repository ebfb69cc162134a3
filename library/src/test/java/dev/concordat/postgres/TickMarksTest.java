package dev.concordat.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Bytes;
import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.store.NewMessage;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a tick shows what it must and no more (P8): a message whose position was drawn while it was
 * being made is found without another having to be published, and nothing is shown that a crash
 * could take back. Method: the tick's row is set to what it is when a transaction draws its
 * position between the reading of the fence and of the high mark; commits that do not wait for the
 * disk.
 */
class TickMarksTest {

  private final DataSource source = TestPostgres.pool();
  private final PostgresStore store = new PostgresStore(source, "marks");

  @BeforeEach
  void makeTables() {
    TestPostgres.sql(source, "DROP SCHEMA IF EXISTS marks CASCADE");
    store.migrate();
  }

  @AfterEach
  void giveBackConnections() {
    store.close();
  }

  private void publish(String text) throws Exception {
    NewMessage message =
        new NewMessage(
            UUID.randomUUID(), "topic", "key", false, "T", Map.of(), Bytes.utf8(text), null);
    store
        .transactions()
        .run(
            "key",
            tx -> {
              store.outbox().append(tx, List.of(message));
              return true;
            });
  }

  @Test
  @DisplayName("P8: a position drawn while a tick was made does not hide its message")
  void aPositionDrawnMeanwhile() throws Exception {
    publish("one");
    long first = store.ticks().newest();
    TestPostgres.sql(source, "UPDATE marks.tick SET high = high + 1");
    publish("two");

    long second = store.ticks().newest();
    assertThat(second).isGreaterThan(first);
    assertThat(store.outbox().page(new Cursor(first, second, 0), Portion.of(10), 0, 1))
        .extracting(message -> message.payload().text())
        .containsExactly("two");
    long third = store.ticks().newest();
    assertThat(store.ticks().newest()).as("no more ticks while nothing happens").isEqualTo(third);
  }

  private static NewMessage message(String text) {
    return new NewMessage(
        UUID.randomUUID(), "topic", "key", false, "T", Map.of(), Bytes.utf8(text), null);
  }

  @Test
  @DisplayName("P8: a transaction has its number before its row draws a position")
  void aNumberBeforeAPosition() throws Exception {
    TestPostgres.sql(
        source,
        "CREATE FUNCTION marks.number_when_free() RETURNS xid8 LANGUAGE plpgsql AS"
            + " 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN pg_current_xact_id(); END'");
    TestPostgres.sql(
        source, "ALTER TABLE marks.outbox ALTER xid SET DEFAULT marks.number_when_free()");
    // A sequence gives a transaction its number now and then by itself, and so at the first draw.
    publishAlone("first");
    try (Connection holder = source.getConnection()) {
      TestPostgres.sql(holder, "SELECT pg_advisory_lock(4711)");
      FutureTask<Void> publishing =
          new FutureTask<>(() -> {
            publishAlone("late");
            return null;
          });
      Thread.ofVirtual().start(publishing);
      awaitOneThatWaits();
      long first = store.ticks().newest();
      TestPostgres.sql(holder, "SELECT pg_advisory_unlock(4711)");
      publishing.get();
      long second = store.ticks().newest();

      assertThat(store.outbox().page(new Cursor(first, second, 0), Portion.of(10), 0, 1))
          .extracting(message -> message.payload().text())
          .containsExactly("late");
    }
  }

  /** In a transaction that has no number yet. */
  private void publishAlone(String text) throws Exception {
    try (Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      store.outbox().append(connection, List.of(message(text)));
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  private void awaitOneThatWaits() {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    String waits =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT"
            + " granted";
    while (!TestPostgres.rows(source, waits).equals(List.of("1"))) {
      assertThat(System.nanoTime()).as("it waits for its number").isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Test
  @DisplayName("P8: what a tick shows is on the disk, also what did not wait for that")
  void shownIsFlushed() throws Exception {
    try (Connection connection = source.getConnection()) {
      for (int i = 0; i < 20; i++) {
        connection.setAutoCommit(false);
        TestPostgres.sql(connection, "SET LOCAL synchronous_commit = off");
        store.outbox().append(connection, List.of(message("fast")));
        connection.commit();
        connection.setAutoCommit(true);
        String written = TestPostgres.rows(source, "SELECT pg_current_wal_insert_lsn()").get(0);

        long tick = store.ticks().newest();

        String flushed = "SELECT pg_current_wal_flush_lsn() >= '" + written + "'::pg_lsn";
        assertThat(TestPostgres.rows(source, flushed)).as("tick %s", tick).containsExactly("t");
      }
    }
  }

  @Test
  @DisplayName("P8: publishing turns no serializable transaction down")
  void serializablePublishers() throws Exception {
    try (Connection one = source.getConnection();
        Connection other = source.getConnection()) {
      for (Connection each : List.of(one, other)) {
        each.setAutoCommit(false);
        each.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      }
      store.outbox().append(one, List.of(message("one")));
      store.outbox().append(other, List.of(message("other")));
      one.commit();
      long first = store.ticks().newest();
      other.commit();
      long second = store.ticks().newest();

      assertThat(store.outbox().page(new Cursor(0, first, 0), Portion.of(10), 0, 1)).hasSize(1);
      assertThat(store.outbox().page(new Cursor(first, second, 0), Portion.of(10), 0, 1))
          .hasSize(1);
      for (Connection each : List.of(one, other)) {
        each.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        each.setAutoCommit(true);
      }
    }
  }

  @Test
  @DisplayName("P8: numbers of transactions are 64 bits wide wherever they are kept")
  void numbersOfTransactionsDoNotWrap() {
    String types =
        "SELECT attrelid::regclass || '.' || attname || ' ' || atttypid::regtype"
            + " FROM pg_attribute WHERE attnum > 0 AND (attrelid, attname) IN"
            + " (('marks.outbox'::regclass, 'xid'), ('marks.tick'::regclass, 'fence'),"
            + " ('marks.tick'::regclass, 'snapshot')) ORDER BY 1";

    assertThat(TestPostgres.rows(source, types))
        .containsExactly(
            "marks.outbox.xid xid8", "marks.tick.fence xid8", "marks.tick.snapshot pg_snapshot");
  }

  @Test
  @DisplayName("P8: positions that nobody ever uses hold nothing up")
  void gapsHoldNothingUp() throws Exception {
    publish("one");
    long first = store.ticks().newest();
    TestPostgres.sql(source, "ALTER SEQUENCE marks.position CACHE 50 INCREMENT 1");
    TestPostgres.rows(source, "SELECT nextval('marks.position') FROM generate_series(1, 30)");
    publish("two");
    long second = store.ticks().newest();

    assertThat(store.outbox().page(new Cursor(first, second, 0), Portion.of(10), 0, 1))
        .extracting(message -> message.payload().text())
        .containsExactly("two");
  }
}
