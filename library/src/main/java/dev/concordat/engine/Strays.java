package dev.concordat.engine;

import dev.concordat.store.InstanceRow;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds instances that the database says this worker holds, while the worker does not know of them:
 * the answer to a claim was lost, or an error made the worker drop them. Seen twice in a row, they
 * are taken up again, so that nothing waits for this worker to die first.
 */
final class Strays {

  private final Engine engine;
  private Set<Long> suspects = Set.of();
  private long lastLook;

  Strays(Engine engine) {
    this.engine = engine;
    this.lastLook = engine.platform().nanos();
  }

  /** The strays, or nothing while it is too early to look again. */
  List<InstanceRow> find(long worker) {
    long now = engine.platform().nanos();
    if (now - lastLook < engine.config().lease().toNanos() / 2) {
      return List.of();
    }
    lastLook = now;
    List<InstanceRow> unknown =
        engine.store().instances().heldBy(worker).stream()
            .filter(row -> !engine.holds(row.no()))
            .toList();
    List<InstanceRow> strays = unknown.stream().filter(row -> suspects.contains(row.no())).toList();
    suspects = new HashSet<>(unknown.stream().map(InstanceRow::no).toList());
    return strays;
  }
}
