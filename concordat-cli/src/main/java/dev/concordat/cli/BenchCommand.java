package dev.concordat.cli;

import dev.concordat.bench.AtomicBench;
import dev.concordat.bench.BenchPlan;
import dev.concordat.bench.OutboxBench;
import dev.concordat.bench.Report;
import dev.concordat.bench.SagaBench;
import dev.concordat.bench.TccBench;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures. */
@Command(
    name = "bench",
    description =
        "Measure Concordat beside the same work in plain SQL, on a PostgreSQL of its own.",
    footer = {"", "Example:", "  concordat bench saga --case local --concurrency 1 --rounds 3"})
final class BenchCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();

  @Parameters(paramLabel = "NAME", description = "What to measure: saga, outbox, atomic or tcc.")
  private String name = "";

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long each measurement takes; 2 unless said.")
  private double seconds = BenchPlan.DEFAULT.slice().toMillis() / 1000.0;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How often each side is measured; 5 unless said.")
  private int rounds = BenchPlan.DEFAULT.rounds();

  @Option(
      names = "--case",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Only these. saga: local, fused, outside, compensated, asleep, recovery.",
        "outbox: publish, relay, relay-beside-open, relay-kafka, latency, latency-kafka, backlog.",
        "atomic: transfer, transfer-1ms.",
        "tcc: transfer, fence, reconcile."
      })
  private @Nullable List<String> cases;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      split = ",",
      description = "How many clients at a time; 1,8,32 unless said.")
  private List<Integer> concurrency = BenchPlan.DEFAULT.concurrency();

  @Override
  public Integer call() throws Exception {
    Report report =
        switch (name) {
          case "saga" -> SagaBench.run(plan(SagaBench.CASES), screen::say);
          case "outbox" -> OutboxBench.run(plan(OutboxBench.CASES), screen::say);
          case "tcc" -> TccBench.run(plan(TccBench.CASES), screen::say);
          case "atomic" -> AtomicBench.run(plan(AtomicBench.CASES), screen::say);
          default ->
              throw screen.wrong(
                  "there is no bench '" + name + "'; there are: saga, outbox, atomic, tcc");
        };
    screen.data(screen.isJson() ? report.json() : report.table());
    boolean measured = report.rows().stream().allMatch(row -> row.voidRounds().isEmpty());
    return measured ? Exit.DONE : Exit.FAILED;
  }

  private BenchPlan plan(List<String> known) {
    try {
      return new BenchPlan(
              cases == null ? known : cases,
              concurrency,
              rounds,
              Duration.ofMillis(Math.round(seconds * 1000)),
              BenchPlan.DEFAULT.warmUp(),
              BenchPlan.Crowd.DEFAULT)
          .of(known);
    } catch (IllegalArgumentException e) {
      throw screen.wrong(String.valueOf(e.getMessage()));
    }
  }
}
