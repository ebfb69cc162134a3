package dev.concordat.bench;

import dev.concordat.local.LocalPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What try, confirm and cancel over two databases cost, measured beside plain commits; and what a
 * fence costs alone.
 */
public final class TccBench {

  /** The names of the cases, in the order in which they are measured. */
  public static final List<String> CASES = List.of("transfer", "fence", "reconcile");

  private TccBench() {}

  /**
   * Measures on two PostgreSQL servers of its own, with durable settings.
   *
   * @param said hears of each round
   * @throws Exception if something cannot be measured at all
   */
  public static Report run(BenchPlan plan, Consumer<String> said) throws Exception {
    Host.busy().ifPresent(said);
    try (LocalPostgres first = LocalPostgres.builder().start();
        LocalPostgres second = LocalPostgres.builder().start()) {
      List<Row> rows = new ArrayList<>();
      for (String name : plan.of(CASES).cases()) {
        for (int clients : name.equals("reconcile") ? List.<Integer>of() : plan.concurrency()) {
          Bank bank = new Bank(first, second, name + "_" + clients, Duration.ZERO);
          rows.addAll(measured(new Tournament(bank, plan, said), bank, name, clients));
        }
      }
      if (plan.cases().contains("reconcile")) {
        rows.add(new Reconciling(first, plan, said).run());
      }
      String machine = Host.describe(first.dataSource(), first.dataFolder());
      return new Report("tcc", machine, rows);
    }
  }

  private static List<Row> measured(Tournament tournament, Bank bank, String name, int clients)
      throws Exception {
    try (Unfenced unfenced = new Unfenced(bank, clients)) {
      if (name.equals("fence")) {
        try (Fenced ours = new Fenced(bank, clients)) {
          return tournament.run(name, clients, unfenced, List.of(ours));
        }
      }
      try (PlainCommits raw = new PlainCommits(bank, clients);
          TryConfirm ours = new TryConfirm(bank, clients)) {
        return tournament.run(name, clients, raw, List.of(ours, unfenced));
      }
    }
  }
}
