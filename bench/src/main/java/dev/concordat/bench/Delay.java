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
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** How long after its commit returned a message is with the sink, at a thousand per second. */
final class Delay {

  private static final int PER_SECOND = 1000;
  private static final int CLIENTS = 4;

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;

  Delay(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  /** Notes when each message arrives, by the text it carries. */
  private static final class Arrivals implements Sink {
    private final ConcurrentHashMap<String, Long> at = new ConcurrentHashMap<>();

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
    Arrivals arrivals = new Arrivals();
    try (Bed bed = new Bed(postgres, "latency", CLIENTS);
        Concordat concordat =
            Concordat.on(bed.concordat()).relay(Relay.named("bench", arrivals)).start()) {
      for (int i = -1; i < plan.rounds(); i++) {
        Latencies round = round(bed.concordat(), concordat, arrivals, i);
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
        .with("concordat_per_s", (double) PER_SECOND)
        .with("p50_ms", Numbers.median(rounds, r -> r.percentile(0.5)))
        .with("p99_ms", Numbers.median(rounds, r -> r.percentile(0.99)));
  }

  private Latencies round(DataSource pool, Concordat concordat, Arrivals arrivals, int number)
      throws InterruptedException {
    long nanos = Math.max(plan.slice().toNanos(), 1_000_000_000L);
    ConcurrentHashMap<String, Long> committed = new ConcurrentHashMap<>();
    List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < CLIENTS; c++) {
      String name = number + "/" + c + "/";
      clients.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  publish(pool, concordat, name, nanos, committed);
                } catch (SQLException e) {
                  errors.add(e);
                }
              }));
    }
    for (Thread client : clients) {
      client.join();
    }
    if (!errors.isEmpty()) {
      throw new IllegalStateException(errors.get(0));
    }
    return delays(committed, arrivals);
  }

  private static void publish(
      DataSource pool,
      Concordat concordat,
      String name,
      long nanos,
      ConcurrentHashMap<String, Long> committed)
      throws SQLException {
    long apart = 1_000_000_000L * CLIENTS / PER_SECOND;
    long begin = System.nanoTime();
    for (long n = 0; n * apart < nanos; n++) {
      long wait = begin + n * apart - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      }
      String text = name + n;
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        concordat
            .outbox()
            .publish(
                connection,
                Message.of("orders", "OrderPlaced").key("k" + n).payload(Bytes.utf8(text)));
        connection.commit();
      }
      committed.put(text, System.nanoTime());
    }
  }

  private static Latencies delays(ConcurrentHashMap<String, Long> committed, Arrivals arrivals) {
    Latencies all = new Latencies();
    long end = System.nanoTime() + 20_000_000_000L;
    committed.forEach((text, at) -> {
      Long there = arrivals.at.get(text);
      while (there == null) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("a message did not come within 20 seconds");
        }
        LockSupport.parkNanos(100_000);
        there = arrivals.at.get(text);
      }
      all.add(Math.max(0, there - at));
    });
    return Latencies.all(List.of(all));
  }
}
