package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.run.HoldStage;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One server for all tests of what is held, and a warm stage for each; all end with this process.
 */
final class HoldStages {

  private static final Theatre THEATRE = Theatre.open();
  private static final Map<String, HoldStage> OPEN = new LinkedHashMap<>();
  private static final Duration LEASE = Duration.ofSeconds(1);

  private HoldStages() {}

  static synchronized HoldStage of(String scenario) {
    return OPEN.computeIfAbsent(
        scenario, name -> THEATRE.stage(Scenarios.holding(name), Watcher.NOBODY));
  }

  static Result good(String scenario, Options options) {
    Result result = of(scenario).run(options.lease(LEASE), Watcher.NOBODY);
    assertThat(result.laws())
        .isNotEmpty()
        .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
    assertThat(result.isGood()).as(result.toJson()).isTrue();
    return result;
  }

  /** On a stage of its own, which may be broken. */
  static Result alone(HoldScenario scenario, boolean forgetful, Options options) {
    try (Theatre theatre = Theatre.open()) {
      HoldStage stage = theatre.stage(scenario, Watcher.NOBODY);
      if (forgetful) {
        stage.forgetKeys();
      }
      return stage.run(options.lease(LEASE), Watcher.NOBODY);
    }
  }
}
