package dev.concordat.bench;

import dev.concordat.local.LocalPostgres;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What sagas cost, measured beside the same work in plain SQL on the same PostgreSQL. */
public final class SagaBench {

  /** The names of the cases, in the order in which they are measured. */
  public static final List<String> CASES =
      List.of("local", "fused", "outside", "compensated", "asleep", "recovery");

  private SagaBench() {}

  /**
   * Measures on a PostgreSQL of its own, with durable settings.
   *
   * @param said hears of each round
   * @throws Exception if something cannot be measured at all
   */
  public static Report run(BenchPlan plan, Consumer<String> said) throws Exception {
    Host.busy().ifPresent(said);
    try (LocalPostgres postgres = LocalPostgres.start()) {
      Cases cases = new Cases(postgres, plan, said);
      List<Row> rows = new ArrayList<>();
      for (String name : plan.of(CASES).cases()) {
        rows.addAll(cases.run(name));
      }
      String machine = Host.describe(postgres.dataSource(), postgres.dataFolder());
      return new Report("saga", machine, rows);
    }
  }
}
