package dev.concordat.examples;

import dev.concordat.examples.run.SagaStage;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import java.util.LinkedHashMap;
import java.util.Map;

/** One server for all tests, and warm services for each scenario; all end with this process. */
final class Stages {

  private static final Theatre THEATRE = Theatre.open();
  private static final Map<String, SagaStage> OPEN = new LinkedHashMap<>();

  private Stages() {}

  static synchronized SagaStage of(SagaScenario<?> scenario) {
    return OPEN.computeIfAbsent(scenario.name(), name -> THEATRE.stage(scenario, Watcher.NOBODY));
  }
}
