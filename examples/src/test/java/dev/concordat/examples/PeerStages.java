package dev.concordat.examples;

import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.run.PeerStage;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * One database server and one broker of each kind for all tests, and warm services for the scenario
 * that was asked for last; all end with this process.
 */
final class PeerStages {

  private static final Theatre THEATRE = Theatre.open();
  private static final Map<String, PeerStage> OPEN = new LinkedHashMap<>();

  private static final Set<PeerStage> RUN = new HashSet<>();

  private PeerStages() {}

  /** Services of one scenario at a time: more of them would only share two processors. */
  static synchronized PeerStage of(PeerScenario scenario, BrokerKind broker) {
    String name = scenario.name() + " over " + broker;
    PeerStage open = OPEN.get(name);
    if (open == null) {
      OPEN.values().forEach(PeerStage::close);
      OPEN.clear();
      open = THEATRE.stage(scenario, broker, Watcher.NOBODY);
      OPEN.put(name, open);
    }
    return open;
  }

  /** Whether somebody asked that before, and so has run it. */
  static synchronized boolean hasRun(PeerStage stage) {
    return !RUN.add(stage);
  }

  static synchronized void close() {
    OPEN.values().forEach(PeerStage::close);
    OPEN.clear();
  }
}
