package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Relay;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Whether a backlog drains with a heap that stays flat, and whether the files shrink afterwards.
 */
final class Backlog {

  private static final int PART = 1 << 20;
  private static final long PATIENCE = 60_000_000_000L;

  private static final String SIZE =
      "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c"
          + " WHERE c.relkind = 'r' AND c.relname LIKE 'outbox_%'";

  private final LocalPostgres postgres;
  private final Consumer<String> said;
  private final int messages;

  Backlog(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.said = said;
    this.messages = plan.crowd().backlog();
  }

  Row run() throws Exception {
    Counting sink = new Counting();
    try (Bed bed = new Bed(postgres, "backlog", 2)) {
      DataSource pool = bed.concordat();
      Filling.prepare(pool);
      said.accept(String.format("backlog: publishing %,d messages", messages));
      Filling.fill(pool, messages);
      long before = Filling.number(pool, SIZE);
      Double heap = Numbers.heapMb();
      long from = System.nanoTime();
      try (Concordat unused = Concordat.on(pool).relay(Relay.named("bench", sink)).start()) {
        sink.await(messages / 2);
        Double middle = Numbers.heapMb();
        sink.await(messages);
        double seconds = (System.nanoTime() - from) / 1e9;
        long after = shrunk(pool, before);
        said.accept(
            String.format(
                "backlog: %.1f s; files %,d MB before, %,d MB after",
                seconds, before / 1_000_000, after / 1_000_000));
        return Row.of("backlog")
            .with("messages", messages)
            .with("concordat_per_s", Numbers.digits(messages / seconds))
            .with("seconds", Numbers.digits(seconds))
            .with("heap_mb_before", heap)
            .with("heap_mb_middle", middle)
            .with("heap_mb_after", Numbers.heapMb())
            .with("files_mb_before", Numbers.digits(before / 1e6))
            .with("files_mb_after", Numbers.digits(after / 1e6));
      }
    }
  }

  /** The part that is being written to is kept. */
  private long shrunk(DataSource pool, long before) throws Exception {
    // What fits into the part that is being written to stays there.
    long end = System.nanoTime() + (messages > 2 * PART ? PATIENCE : 0);
    long now = before;
    while (now > before / 2 && System.nanoTime() < end) {
      LockSupport.parkNanos(100_000_000);
      now = Filling.number(pool, SIZE);
    }
    return now;
  }
}
