package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.core.Bytes;
import dev.concordat.core.StoredMessage;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** How long after its commit returned a message is with the sink, at a thousand per second. */
final class Delay {

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;

  Delay(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  /** Notes when each message arrives, by the text it carries. */
  private record Arrivals(Map<String, Long> at) implements Sink {

    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      long now = System.nanoTime();
      for (StoredMessage message : messages) {
        at.put(message.payload().text(), now);
        receipts.delivered(message);
      }
    }
  }

  Row run() throws Exception {
    List<Latencies> rounds = new ArrayList<>();
    Arrivals arrivals = new Arrivals(new ConcurrentHashMap<>());
    try (Bed bed = new Bed(postgres, "latency", Pace.CLIENTS);
        Concordat concordat =
            Concordat.on(bed.concordat()).relay(Relay.named("bench", arrivals)).start()) {
      for (int i = -1; i < plan.rounds(); i++) {
        Latencies round =
            Pace.measure(
                String.valueOf(i),
                plan.slice().toNanos(),
                text -> publish(bed.concordat(), concordat, "orders", text),
                arrivals.at());
        if (i >= 0) {
          rounds.add(round);
          said.accept(
              String.format(
                  "latency, round %d: p50 %.2f ms, p99 %.2f ms",
                  i + 1, round.percentile(0.5), round.percentile(0.99)));
        }
      }
    }
    return Row.of("latency")
        .with("concordat_per_s", (double) Pace.PER_SECOND)
        .with("p50_ms", Numbers.median(rounds, r -> r.percentile(0.5)))
        .with("p99_ms", Numbers.median(rounds, r -> r.percentile(0.99)));
  }

  /** Publishes one message in a transaction of its own; returns when its commit had returned. */
  static long publish(DataSource pool, Concordat concordat, String topic, String text)
      throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      concordat
          .outbox()
          .publish(
              connection, Message.of(topic, "OrderPlaced").key(text).payload(Bytes.utf8(text)));
      connection.commit();
      return System.nanoTime();
    }
  }
}
