package dev.concordat.bench;

import dev.concordat.local.LocalPostgres;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What atomic commit over two databases costs, measured beside two plain commits, two-phase commit
 * by hand, and its peers.
 */
public final class AtomicBench {

  /** The names of the cases, in the order in which they are measured. */
  public static final List<String> CASES = List.of("transfer", "transfer-1ms");

  private static final String SETTING = "max_prepared_transactions";

  private AtomicBench() {}

  /**
   * Measures on two PostgreSQL servers of its own, with durable settings.
   *
   * @param said hears of each round
   * @throws Exception if something cannot be measured at all
   */
  public static Report run(BenchPlan plan, Consumer<String> said) throws Exception {
    Host.busy().ifPresent(said);
    Path folder = Files.createTempDirectory("concordat-bench-logs");
    PrintStream out = System.out;
    // Peers say much for people on the standard output, which is for data.
    System.setOut(System.err);
    try (LocalPostgres first = LocalPostgres.builder().setting(SETTING, "500").start();
        LocalPostgres second = LocalPostgres.builder().setting(SETTING, "500").start()) {
      List<Row> rows = new ArrayList<>();
      for (String name : plan.of(CASES).cases()) {
        Duration roundTrip = name.equals("transfer") ? Duration.ZERO : Duration.ofMillis(1);
        for (int clients : plan.concurrency()) {
          String database = name.replace('-', '_') + "_" + clients;
          Bank bank = new Bank(first, second, database, roundTrip);
          rows.addAll(measured(new Tournament(bank, plan, said), bank, name, clients, folder));
        }
      }
      String machine = Host.describe(first.dataSource(), first.dataFolder());
      return new Report("atomic", machine, rows);
    } finally {
      System.setOut(out);
      delete(folder);
    }
  }

  private static List<Row> measured(
      Tournament tournament, Bank bank, String name, int clients, Path folder) throws Exception {
    try (PlainCommits raw = new PlainCommits(bank, clients);
        LastAgent ours = new LastAgent(bank, clients);
        ByHand hand = new ByHand(bank, clients);
        Narayana narayana = new Narayana(bank, clients, folder);
        Atomikos atomikos = new Atomikos(bank, clients, folder)) {
      return tournament.run(name, clients, raw, List.of(ours, hand, narayana, atomikos));
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(path -> {
            try {
              Files.deleteIfExists(path);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
