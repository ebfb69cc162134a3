package dev.concordat.cli;

import dev.concordat.bench.BenchPlan;
import dev.concordat.bench.Report;
import dev.concordat.bench.SagaBench;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures. */
@Command(
    name = "bench",
    description =
        "Measure Concordat beside the same work in plain SQL, on a PostgreSQL of its own.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "What to measure: saga.")
  private String name = "";

  @Option(names = "--json", description = "Print one JSON document instead of a table.")
  private boolean json;

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
      description = "Only these: local, fused, outside, compensated, asleep, recovery.")
  private List<String> cases = SagaBench.CASES;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      split = ",",
      description = "How many clients at a time; 1,8,32 unless said.")
  private List<Integer> concurrency = BenchPlan.DEFAULT.concurrency();

  @Override
  public Integer call() throws Exception {
    if (!name.equals("saga")) {
      throw wrong("there is no bench '" + name + "'; there is: saga");
    }
    Report report = SagaBench.run(plan(), spec().commandLine().getErr()::println);
    spec().commandLine().getOut().print(json ? report.json() + "\n" : report.table());
    spec().commandLine().getOut().flush();
    boolean measured = report.rows().stream().allMatch(row -> row.voidRounds().isEmpty());
    return measured ? 0 : 1;
  }

  private BenchPlan plan() {
    try {
      return new BenchPlan(
          cases,
          concurrency,
          rounds,
          Duration.ofMillis(Math.round(seconds * 1000)),
          BenchPlan.DEFAULT.warmUp(),
          BenchPlan.Crowd.DEFAULT);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String why) {
    return new ParameterException(spec().commandLine(), why);
  }

  private CommandSpec spec() {
    CommandSpec injected = spec;
    if (injected == null) {
      throw new IllegalStateException("picocli sets it");
    }
    return injected;
  }
}
