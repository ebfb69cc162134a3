package dev.concordat.test;

import dev.concordat.core.Status;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came of a case.
 *
 * @param status the instance's, or null if there is none
 * @param accepted whether its start returned
 * @param lives each worker's points
 * @param troubles laws the runner itself saw broken: name and how
 */
record CaseResult(
    Case given,
    String id,
    @Nullable Status status,
    boolean accepted,
    Trace trace,
    List<FaultPoints> lives,
    List<Observation> observations,
    List<String> troubles) {

  /** Whether every fault was injected. */
  boolean allFired() {
    return lives.stream().filter(FaultPoints::fired).count() >= given.faults().size();
  }

  /** The points of the worker that came after the last faulty one. */
  Set<String> pointsAfterFaults() {
    return lives.get(lives.size() - 1).points();
  }
}
