package dev.concordat.bench;

import dev.concordat.local.LocalPostgres;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What messages cost, measured beside the same rows written and read by hand. */
public final class OutboxBench {

  /** The names of the cases, in the order in which they are measured. */
  public static final List<String> CASES =
      List.of(
          "publish",
          "relay",
          "relay-beside-open",
          "relay-kafka",
          "latency",
          "latency-kafka",
          "backlog");

  private OutboxBench() {}

  /**
   * Measures on a PostgreSQL of its own, with durable settings.
   *
   * @param said hears of each round
   * @throws Exception if something cannot be measured at all
   */
  public static Report run(BenchPlan plan, Consumer<String> said) throws Exception {
    Host.busy().ifPresent(said);
    try (LocalPostgres postgres = LocalPostgres.start()) {
      List<Row> rows = new ArrayList<>();
      for (String name : plan.of(CASES).cases()) {
        rows.addAll(
            switch (name) {
              case "publish" -> new Publishing(postgres, plan, said).run();
              case "relay" -> List.of(new Draining(postgres, plan, said, false).run());
              case "relay-beside-open" -> List.of(new Draining(postgres, plan, said, true).run());
              case "relay-kafka" -> new KafkaDraining(postgres, plan, said).run();
              case "latency-kafka" -> List.of(new KafkaDelay(postgres, plan, said).run());
              case "latency" -> List.of(new Delay(postgres, plan, said).run());
              case "backlog" -> List.of(new Backlog(postgres, plan, said).run());
              default -> throw new IllegalArgumentException(name);
            });
      }
      String machine = Host.describe(postgres.dataSource(), postgres.dataFolder());
      return new Report("outbox", machine, rows);
    }
  }
}
