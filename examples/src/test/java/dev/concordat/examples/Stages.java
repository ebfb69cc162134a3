package dev.concordat.examples;

import dev.concordat.examples.run.Stage;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import java.util.LinkedHashMap;
import java.util.Map;

/** One server for all tests, and warm services for each scenario; all end with this process. */
final class Stages {

  private static final Theatre THEATRE = Theatre.open();
  private static final Map<String, Stage> OPEN = new LinkedHashMap<>();

  private Stages() {}

  static synchronized Stage of(Scenario<?> scenario) {
    return OPEN.computeIfAbsent(scenario.name(), name -> THEATRE.stage(scenario, Watcher.NOBODY));
  }
}
