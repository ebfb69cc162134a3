package dev.concordat.atomic;

import dev.concordat.core.ConcordatException;
import dev.concordat.engine.Engine;
import dev.concordat.store.Decisions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes which decisions all branches have followed, many at once: nothing waits for these notes,
 * and one that is lost is made again by whoever recovers.
 */
final class TwoPhaseJournal {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseJournal.class);
  private static final Duration BETWEEN = Duration.ofMillis(50);

  private record Settled(Decisions at, String id) {}

  private final Engine engine;
  private final String name;
  private final ConcurrentLinkedQueue<Settled> queue = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  TwoPhaseJournal(Engine engine, String name) {
    this.engine = engine;
    this.name = name;
  }

  void start() {
    engine.platform().start("concordat-settled-" + name, this::run);
  }

  void settled(Decisions at, String id) {
    queue.add(new Settled(at, id));
  }

  private void run() {
    try {
      while (!over) {
        write();
        engine.platform().pause(BETWEEN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    Map<Decisions, List<String>> all = new HashMap<>();
    for (Settled one = queue.poll(); one != null; one = queue.poll()) {
      all.computeIfAbsent(one.at(), at -> new ArrayList<>()).add(one.id());
    }
    all.forEach((at, ids) -> {
      try {
        at.settle(ids);
      } catch (ConcordatException e) {
        LOG.debug(
            "{} decisions were not noted as followed; that is found out again", ids.size(), e);
      }
    });
  }

  void close() {
    over = true;
    write();
  }

  void kill() {
    over = true;
    queue.clear();
  }
}
