package dev.concordat.atomic;

import dev.concordat.core.BranchId.Place;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.Status;
import dev.concordat.engine.Engine;
import dev.concordat.store.Change;
import dev.concordat.store.Decisions;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/**
 * Notes which transactions have ended, many at once: as instances in Concordat's own database, so
 * that people find them, and at the decisions that all branches have followed. Nothing waits for
 * these notes, and one that is lost is made again by whoever recovers.
 */
final class TwoPhaseJournal {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseJournal.class);
  private static final Duration BETWEEN = Duration.ofMillis(50);
  private static final int MOST = 200;

  /** The version of an instance that has no definition: what it did is told by its journal. */
  static final int NO_VERSION = 0;

  /**
   * A transaction that has ended.
   *
   * @param id of the transaction
   * @param at where its decision is
   * @param decider the place that decided it
   * @param branches how each ended
   */
  record Ended(
      String id, Decisions at, Place decider, Map<String, TwoPhaseState.BranchState> branches) {}

  private final Engine engine;
  private final String name;
  private final ConcurrentLinkedQueue<Ended> queue = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  TwoPhaseJournal(Engine engine, String name) {
    this.engine = engine;
    this.name = name;
  }

  void start() {
    engine.platform().start("concordat-settled-" + name, this::run);
  }

  void ended(Ended one) {
    queue.add(one);
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
    while (!queue.isEmpty()) {
      List<Ended> some = new ArrayList<>();
      for (Ended one = queue.poll(); one != null; one = queue.poll()) {
        some.add(one);
        if (some.size() == MOST) {
          break;
        }
      }
      write(some);
    }
  }

  /** The instances first: a decision that is settled is not looked at again. */
  private void write(List<Ended> some) {
    try {
      // One that is there already was written by whoever recovered it, or before a lost answer.
      var unused = engine.store().journal().append(some.stream().map(this::instance).toList());
      some.stream()
          .collect(
              Collectors.groupingBy(
                  Ended::at, HashMap::new, Collectors.mapping(Ended::id, Collectors.toList())))
          .forEach(Decisions::settle);
    } catch (ConcordatException e) {
      LOG.debug("{} transactions were not noted as ended; that is found out again", some.size(), e);
    }
  }

  /** Under the name, for sagas may have the same ids. */
  private Write instance(Ended one) {
    NewInstance instance =
        new NewInstance(
            engine.nextNumber(),
            name + "/" + one.id(),
            engine.platform().uuid(),
            name,
            NO_VERSION,
            "",
            Map.of(),
            OptionalLong.empty(),
            OptionalLong.empty());
    Change shown = new Change(Status.COMPLETED, false, new Change.Release(null, 0));
    return new Write(
        instance.no(), NewInstance.FIRST_TOKEN, 0, events(one), instance, shown, List.of());
  }

  private static String events(Ended one) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    all.addObject().put("type", "Decided").put("branch", one.decider().name());
    one.branches()
        .forEach((branch, state) -> {
          if (!branch.equals(one.decider().toString())) {
            all.addObject()
                .put(
                    "type", state == TwoPhaseState.BranchState.HEURISTIC ? "Heuristic" : "Followed")
                .put("branch", Place.of(branch).name());
          }
        });
    return JsonMapper.shared().writeValueAsString(all);
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
