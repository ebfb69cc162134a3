package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowHeaders;
import dev.concordat.choreography.Service;
import dev.concordat.choreography.Tracker;
import dev.concordat.core.Bytes;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StoredMessage;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A person at the command line sees where a flow is and what is missing of it, and what a consumer
 * could not handle. The real command on a real PostgreSQL, beside a tracker in this process.
 */
class FlowsPgTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** Hands on what the relay sends to one topic. */
  private static final class Pipe implements Sink, Source {
    private final BlockingQueue<ReceivedMessage> queue = new LinkedBlockingQueue<>();
    private final String topic;

    Pipe(String topic) {
      this.topic = topic;
    }

    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      for (StoredMessage message : messages) {
        if (message.topic().equals(topic)) {
          queue.add(
              new ReceivedMessage(
                  message.id().toString(),
                  topic,
                  message.key(),
                  message.type(),
                  message.headers(),
                  message.payload()));
        }
        receipts.delivered(message);
      }
    }

    @Override
    public boolean hasOffsets() {
      return false;
    }

    @Override
    public void open(Lanes lanes, boolean keepsOffsets) {
      lanes.taken(topic);
    }

    @Override
    public List<Delivery> receive(int most, Duration patience) throws InterruptedException {
      ReceivedMessage next =
          most == 0 ? null : queue.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      return next == null ? List.of() : List.of(new Delivery(topic, 0, next, null, null));
    }

    @Override
    public void done(List<Delivery> deliveries) {}

    @Override
    public void close() {}
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

  @Test
  void flowsAndConsumers() throws SQLException {
    Service orders = Service.named("orders").begins("OrderCreated");
    Flow flow =
        Flow.named("order", "OrderCreated")
            .expects("PaymentReserved")
            .from("payments")
            .within(Duration.ofHours(1))
            .after("OrderCreated")
            .completes("PaymentReserved");
    Pipe pipe = new Pipe("concordat.flows");
    Pipe poison = new Pipe("poison");
    poison.queue.add(bad("m1", "k", Map.of()));
    poison.queue.add(bad("m2", "o1", Map.of(FlowHeaders.FLOW, "o1")));
    poison.queue.add(bad("m3", "o2", Map.of(FlowHeaders.FLOW, "unheard", "nul", "a\0b")));
    Consumer consumer =
        Consumer.named("billing", poison)
            .on(
                "Bad",
                (tx, message) -> {
                  throw new RefusedException("not with us");
                });
    HikariConfig config = new HikariConfig();
    try (LocalPostgres postgres = LocalPostgres.start()) {
      config.setJdbcUrl(postgres.jdbcUrl());
      try (HikariDataSource pool = new HikariDataSource(config);
          Concordat concordat =
              Concordat.on(pool)
                  .relay(Relay.named("r", pipe))
                  .consumer(consumer)
                  .tracker(Tracker.of(pipe, flow))
                  .start()) {
        try (Connection tx = pool.getConnection()) {
          tx.setAutoCommit(false);
          concordat
              .choreography()
              .begin(tx, orders, "order", "o1", "create order", Message.of("o", "OrderCreated"));
          tx.commit();
        }
        await(() -> concordat.choreography().find("o1").isPresent());
        await(() -> concordat.consuming().deadLetters("billing", 5).size() == 3);

        flows(postgres);
        stuck(postgres);
        stuckBeforeTheTrackerHeardOfIt(postgres);
        consumers(postgres);
      }
    }
  }

  private static ReceivedMessage bad(String id, String key, Map<String, String> headers) {
    return new ReceivedMessage(id, "poison", key, "Bad", headers, Bytes.utf8("x"));
  }

  /** The tracker's own database plays a service's, too. */
  private void stuck(LocalPostgres postgres) {
    assertThat(run(postgres, "flows", "show", "o1")).isZero();
    assertThat(out.toString())
        .containsPattern(
            "stuck     Bad at consumer billing since .*, a dead letter"
                + " \\(dead-letters --consumer billing --replay \\d+\\): not with us");
    String other = "payments=" + postgres.jdbcUrl();
    assertThat(run(postgres, "flows", "show", "o1", "--database", other)).isZero();
    assertThat(out.toString()).contains("stuck     Bad at consumer billing in payments since");
    assertThat(run(postgres, "flows", "show", "o1", "--json")).isZero();
    assertThat(json().get("stuck")).hasSize(1);
    assertThat(json().get("stuck").get(0).get("standing").asString()).isEqualTo("DEAD");
    assertThat(json().get("stuck").get(0).get("at").asString()).isEqualTo("CONSUMER");
  }

  /** Its first report may be what does not get on. */
  private void stuckBeforeTheTrackerHeardOfIt(LocalPostgres postgres) {
    assertThat(run(postgres, "flows", "show", "unheard")).isZero();
    assertThat(out.toString())
        .contains("the tracker has not heard of it")
        .contains("stuck     Bad at consumer billing since");
    assertThat(run(postgres, "flows", "show", "unheard", "--json")).isZero();
    assertThat(json().get("status").isNull()).isTrue();
    assertThat(json().get("stuck")).hasSize(1);
    assertThat(run(postgres, "flows", "show", "unheard", "--mermaid")).isEqualTo(Exit.NOT_FOUND);
  }

  private void flows(LocalPostgres postgres) {
    assertThat(run(postgres, "flows", "list")).isZero();
    assertThat(out.toString()).contains("o1").contains("order").contains("RUNNING");
    assertThat(run(postgres, "flows", "list", "--status", "COMPLETED", "--json")).isZero();
    assertThat(json()).isEmpty();
    assertThat(run(postgres, "flows", "show", "o1")).isZero();
    assertThat(out.toString())
        .contains("missing   PaymentReserved from payments, after OrderCreated")
        .contains("create order")
        .contains("→ OrderCreated");
    assertThat(run(postgres, "flows", "show", "o1", "--json")).isZero();
    assertThat(json().get("missing").get(0).get("events").get(0).asString())
        .isEqualTo("PaymentReserved");
    assertThat(json().get("done").get(0).get("kind").asString()).isEqualTo("BEGUN");
    assertThat(run(postgres, "flows", "show", "o1", "--mermaid")).isZero();
    assertThat(out.toString()).startsWith("flowchart LR").contains("PaymentReserved?");
    assertThat(run(postgres, "flows", "show", "o1", "--declared")).isZero();
    assertThat(out.toString()).startsWith("flowchart LR").contains("within PT1H");
    assertThat(run(postgres, "flows", "show", "nobody")).isEqualTo(Exit.NOT_FOUND);
    assertThat(err.toString()).contains("The tracker knows no flow 'nobody'");
    assertThat(run(postgres, "flows")).isEqualTo(Exit.USAGE);
  }

  private void consumers(LocalPostgres postgres) {
    assertThat(run(postgres, "consumers")).isZero();
    assertThat(out.toString()).contains("billing").contains("ids");
    assertThat(run(postgres, "consumers", "--json")).isZero();
    assertThat(json().get(0).get("dead").asInt()).isEqualTo(3);
    assertThat(run(postgres, "dead-letters", "--consumer", "billing", "--retrying")).isZero();
    assertThat(err.toString()).contains("has no message that is tried again by itself");
    assertThat(run(postgres, "dead-letters", "--consumer", "billing", "--json")).isZero();
    assertThat(json().get(0).get("reason").asString()).isEqualTo("not with us");
    String first = json().get(0).get("position").asString();
    assertThat(run(postgres, "dead-letters", "--consumer", "billing", "--discard", first, "--yes"))
        .isZero();
    await(() -> {
      run(postgres, "consumers", "--json");
      return json().get(0).get("dead").asInt() == 2;
    });
    assertThat(run(postgres, "dead-letters")).isEqualTo(Exit.USAGE);
  }
}
