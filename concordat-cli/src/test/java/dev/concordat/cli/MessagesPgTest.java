package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.core.StoredMessage;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A person at the command line sees how far relays are and what they cannot deliver, and decides
 * about it. The real command on a real PostgreSQL, beside a relay in this process.
 */
class MessagesPgTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> got = new CopyOnWriteArrayList<>();
  private volatile boolean strict = true;

  private final class Strict implements Sink {
    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      for (StoredMessage message : messages) {
        if (strict && message.type().equals("Bad")) {
          receipts.rejected(message, "no such place");
        } else {
          got.add(message.payload().text());
          receipts.delivered(message);
        }
      }
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private int run(LocalPostgres postgres, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.add("--jdbc-url");
    all.add(postgres.jdbcUrl());
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out.toString());
  }

  private static void publish(Concordat concordat, HikariDataSource pool, Message... messages) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      concordat.outbox().publish(connection, messages);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void relaysAndDeadLetters() {
    HikariConfig config = new HikariConfig();
    try (LocalPostgres postgres = LocalPostgres.start()) {
      config.setJdbcUrl(postgres.jdbcUrl());
      try (HikariDataSource pool = new HikariDataSource(config);
          Concordat concordat =
              Concordat.on(pool).relay(Relay.named("orders", new Strict())).start()) {
        publish(
            concordat,
            pool,
            Message.of("orders", "Bad").key("k").text("bad"),
            Message.of("orders", "Good").key("k").text("behind"),
            Message.of("orders", "Bad").key("other").text("worse"));
        await(() -> concordat.messaging().deadLetters("orders", 5).size() == 2);

        listed(postgres);
        decided(postgres, concordat);
        assertThat(run(postgres, "relays", "--forget", "orders", "--yes")).isEqualTo(4);
        assertThat(err.toString()).contains("somebody works at relay 'orders'");
      }
      forgotten(postgres);
    }
  }

  private void listed(LocalPostgres postgres) {
    assertThat(run(postgres, "relays", "--json")).isZero();
    assertThat(json().get(0).get("relay").asString()).isEqualTo("orders");
    assertThat(json().get(0).get("running").asBoolean()).isTrue();
    assertThat(json().get(0).get("parked").asInt()).isEqualTo(3);
    assertThat(run(postgres, "relays")).isZero();
    assertThat(out.toString()).contains("orders").contains("yes");

    assertThat(run(postgres, "dead-letters", "orders")).isZero();
    assertThat(out.toString()).contains("Bad to orders / k").contains("no such place");
    assertThat(run(postgres, "dead-letters", "orders", "--retrying")).isZero();
    assertThat(err.toString()).contains("has no message that is tried again");
    for (List<String> asked :
        List.<List<String>>of(
            List.of(), List.of("--replay", "1"), List.of("--discard", "1", "--yes"))) {
      List<String> words = new ArrayList<>(List.of("dead-letters", "oders"));
      words.addAll(asked);
      assertThat(run(postgres, words.toArray(String[]::new))).isEqualTo(Exit.NOT_FOUND);
      assertThat(err.toString()).contains("No relay 'oders' has run").contains("are: orders.");
    }
    assertThat(run(postgres, "dead-letters", "--consumer", "typo")).isEqualTo(Exit.NOT_FOUND);
    assertThat(err.toString()).contains("No consumer 'typo' has run").contains("there is none.");
  }

  private void forgotten(LocalPostgres postgres) {
    assertThat(run(postgres, "relays", "--forget", "orders")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("--yes");
    assertThat(run(postgres, "relays", "--forget", "orders", "--yes")).isZero();
    assertThat(run(postgres, "relays", "--json")).isZero();
    assertThat(json()).isEmpty();
    assertThat(run(postgres, "relays", "--forget", "orders", "--yes")).isEqualTo(4);
  }

  private void decided(LocalPostgres postgres, Concordat concordat) {
    assertThat(run(postgres, "dead-letters", "orders", "--json")).isZero();
    assertThat(json().get(0).get("behind").asInt()).isEqualTo(1);
    String first = json().get(0).get("position").asString();
    String second = json().get(1).get("position").asString();

    assertThat(run(postgres, "dead-letters", "orders", "--discard", second)).isEqualTo(2);
    assertThat(err.toString()).contains("--yes");
    assertThat(run(postgres, "dead-letters", "orders", "--discard", second, "--yes")).isZero();
    strict = false;
    assertThat(run(postgres, "dead-letters", "orders", "--replay", first)).isZero();
    await(() -> got.equals(List.of("bad", "behind")));
    await(() -> concordat.messaging().deadLetters("orders", 5).isEmpty());
    assertThat(run(postgres, "dead-letters", "orders", "--replay", first)).isEqualTo(4);
  }
}
