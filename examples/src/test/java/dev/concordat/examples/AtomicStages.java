package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.run.AtomicStage;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import java.time.Duration;

/** One stage for all tests of transfers; it ends with this process. */
final class AtomicStages {

  static final AtomicScenario TRANSFER = Scenarios.atomic("transfer");

  private static final Theatre THEATRE = Theatre.open();
  private static final AtomicStage STAGE = THEATRE.stage(TRANSFER, Watcher.NOBODY);
  private static final Duration GRACE = Duration.ofSeconds(1);

  private AtomicStages() {}

  static synchronized AtomicStage stage() {
    return STAGE;
  }

  static synchronized Result run(Options options) {
    return STAGE.run(options.lease(GRACE), Watcher.NOBODY);
  }

  /** On servers of its own. */
  static Result runAlone(AtomicScenario scenario, Options options) {
    try (Theatre theatre = Theatre.open()) {
      return theatre.stage(scenario, Watcher.NOBODY).run(options.lease(GRACE), Watcher.NOBODY);
    }
  }

  static Result good(Options options) {
    Result result = run(options);
    assertThat(result.laws())
        .isNotEmpty()
        .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
    assertThat(result.isGood()).as(result.toJson()).isTrue();
    return result;
  }
}
