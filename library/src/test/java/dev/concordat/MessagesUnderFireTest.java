package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RetryPolicy;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: from the transaction that publishes to the one that handles, each message has its effect
 * once and in the order of its key, whatever becomes of the database and its answers (P4, P8).
 * Method: a real PostgreSQL behind a cable that is cut again and again, so that answers to COMMIT
 * are lost on every side; it is killed and restarted twice; every message is delivered twice, some
 * later, and old ones come back.
 */
class MessagesUnderFireTest {

  private static final int KEYS = 8;
  private static final int EACH = 25;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final AtomicInteger failures = new AtomicInteger();

  /** Through the cable, giving up on a dead connection soon. */
  private static HikariDataSource through(Cable cable, LocalPostgres postgres) {
    URI direct = URI.create(postgres.jdbcUrl().substring("jdbc:".length()));
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(
        postgres.jdbcUrl().replace(":" + direct.getPort() + "/", ":" + cable.port() + "/"));
    config.setMaximumPoolSize(24);
    config.setConnectionTimeout(2000);
    config.setInitializationFailTimeout(-1);
    config.addDataSourceProperty("socketTimeout", "5");
    return new HikariDataSource(config);
  }

  private static int port(LocalPostgres postgres) {
    return URI.create(postgres.jdbcUrl().substring("jdbc:".length())).getPort();
  }

  @Test
  @DisplayName("T6: connections cut, the database killed, messages twice and late")
  void everyMessageOnceInOrder() throws Exception {
    LogSink sink = new LogSink(message -> 1 + ThreadLocalRandom.current().nextInt(2));
    LogSource.Log byId = sink.log("by-id", "orders");
    LogSource.Log byOffset = new LogSink(message -> 1).log("by-offset", "orders");
    try (LocalPostgres postgres = LocalPostgres.start();
        Cable cable = Cable.to(port(postgres));
        HikariDataSource pool = through(cable, postgres);
        HikariDataSource direct = pool(postgres)) {
      sql(direct, "CREATE TABLE sold (key text, no int, PRIMARY KEY (key, no))");
      sql(direct, "CREATE TABLE effect (consumer text, key text, no int, at bigserial)");
      ConcordatBuilder builder =
          Concordat.on(pool)
              .lease(Duration.ofSeconds(2))
              .relay(Relay.named("r", sink).lease(Duration.ofSeconds(1)))
              .consumer(consumer("by-id", byId))
              .consumer(consumer("by-offset", byOffset).offsetsInDatabase());
      try (Concordat concordat = builder.start()) {
        List<Thread> publishers = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
          String name = "k" + key;
          publishers.add(Thread.ofVirtual().start(() -> publish(concordat, pool, name)));
        }
        fire(cable, postgres, publishers, byId);
        copy(byId, byOffset);
        await(() -> settled(direct), () -> "settled: " + effects(direct));
      }
      verify(direct);
    }
    assertThat(failures.get()).as("the fire was felt").isPositive();
  }

  private static HikariDataSource pool(LocalPostgres postgres) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.jdbcUrl());
    config.setMaximumPoolSize(3);
    return new HikariDataSource(config);
  }

  private static Consumer consumer(String name, LogSource.Log log) {
    return Consumer.named(name, new LogSource(log))
        .on(
            "Sold",
            (tx, message) -> {
              String[] said = message.payload().text().split(" ", -1);
              Fixture.sql(
                  tx,
                  "INSERT INTO effect (consumer, key, no) VALUES (?, ?, ?)",
                  name,
                  said[0],
                  Integer.valueOf(said[1]));
            })
        .batch(5)
        .retry(RetryPolicy.exponential(Duration.ofMillis(5)).attempts(1000));
  }

  /** Who never learns whether it committed asks, as anybody would. */
  private void publish(Concordat concordat, HikariDataSource pool, String key) {
    int no = 0;
    while (no < EACH) {
      try (Connection tx = pool.getConnection()) {
        tx.setAutoCommit(false);
        if (!isSold(tx, key, no)) {
          Fixture.sql(tx, "INSERT INTO sold (key, no) VALUES (?, ?)", key, no);
          concordat
              .outbox()
              .publish(tx, Message.of("orders", "Sold").key(key).text(key + " " + no));
        }
        tx.commit();
        no++;
      } catch (SQLException | RuntimeException e) {
        failures.incrementAndGet();
      }
    }
  }

  private static boolean isSold(Connection tx, String key, int no) throws SQLException {
    try (var statement =
        tx.prepareStatement("SELECT FROM sold WHERE key = ? AND no = ? FOR UPDATE")) {
      statement.setString(1, key);
      statement.setInt(2, no);
      try (var row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private static void fire(
      Cable cable, LocalPostgres postgres, List<Thread> publishers, LogSource.Log log)
      throws InterruptedException {
    int round = 0;
    while (publishers.stream().anyMatch(Thread::isAlive)) {
      for (Thread publisher : publishers) {
        publisher.join(Duration.ofMillis(20));
      }
      cable.cut();
      log.repeatSome();
      round++;
      if (round == 3 || round == 8) {
        postgres.kill();
        postgres.restart();
      }
    }
    assertThat(round).as("cuts").isGreaterThan(8);
  }

  /** What came by ids, the first of each, for the consumer that knows no ids. */
  private static void copy(LogSource.Log from, LogSource.Log to) {
    await(() -> from.distinct().size() == KEYS * EACH, () -> "relayed " + from.distinct().size());
    for (ReceivedMessage message : from.distinct()) {
      to.add(message);
    }
  }

  private static boolean settled(HikariDataSource direct) {
    return effects(direct).size() >= 2 * KEYS * EACH;
  }

  private static List<String> effects(HikariDataSource direct) {
    return strings(direct, "SELECT consumer || ' ' || key || ' ' || no FROM effect ORDER BY at");
  }

  private static void verify(HikariDataSource direct) {
    List<String> effects = effects(direct);
    assertThat(effects).doesNotHaveDuplicates().hasSize(2 * KEYS * EACH);
    for (String consumer : List.of("by-id", "by-offset")) {
      for (int key = 0; key < KEYS; key++) {
        String begin = consumer + " k" + key + " ";
        List<String> expected = new ArrayList<>();
        for (int no = 0; no < EACH; no++) {
          expected.add(begin + no);
        }
        assertThat(effects.stream().filter(effect -> effect.startsWith(begin)))
            .containsExactlyElementsOf(expected);
      }
    }
  }

  private static void sql(HikariDataSource direct, String text) throws SQLException {
    try (Connection connection = direct.getConnection()) {
      Fixture.sql(connection, text);
    }
  }

  private static List<String> strings(HikariDataSource direct, String query) {
    try (Connection connection = direct.getConnection();
        var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      List<String> all = new ArrayList<>();
      while (row.next()) {
        all.add(row.getString(1));
      }
      return all;
    } catch (SQLException e) {
      return List.of();
    }
  }

  private static void await(BooleanSupplier condition, Supplier<String> what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }
}
