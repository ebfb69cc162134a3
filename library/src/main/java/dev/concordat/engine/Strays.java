package dev.concordat.engine;

import dev.concordat.store.InstanceRow;
import dev.concordat.store.Instances;
import java.util.List;
import java.util.Optional;

/**
 * Finds instances that the database says this worker holds, while the worker does not know of them:
 * the answer to a claim was lost, or an error made the worker drop them. They are taken up again,
 * so that nothing waits for this worker to die first.
 */
final class Strays {

  private final Engine engine;
  private long lastLook;

  Strays(Engine engine) {
    this.engine = engine;
    this.lastLook = engine.platform().nanos();
  }

  /**
   * The strays, or nothing while it is too early to look again.
   *
   * @param soon whether there is a reason to look at once
   */
  List<InstanceRow> find(long worker, boolean soon) {
    long now = engine.platform().nanos();
    if (!soon && now - lastLook < engine.config().lease().toNanos() / 2) {
      return List.of();
    }
    lastLook = now;
    Instances instances = engine.store().instances();
    return instances.heldBy(worker).stream()
        .filter(row -> !engine.holds(row.no()))
        .map(row -> instances.find(row.no()))
        .flatMap(Optional::stream)
        .filter(row -> isStray(row, worker))
        .toList();
  }

  /** Read once more: since the first look it may have been let go of. */
  private boolean isStray(InstanceRow row, long worker) {
    return row.owner().isPresent() && row.owner().getAsLong() == worker && !engine.holds(row.no());
  }
}
