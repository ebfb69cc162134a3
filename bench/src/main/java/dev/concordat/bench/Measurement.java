package dev.concordat.bench;

import dev.concordat.bench.Clients.Slice;
import java.util.Optional;

/**
 * One side measured once.
 *
 * @param perSecond units of work per second
 * @param p50 milliseconds that half of the units took at most
 * @param p99 milliseconds that all but one in a hundred took at most
 * @param commits committed transactions for each unit, reading ones included
 * @param flushes forced writes of the log for each unit
 * @param wrong why it does not count, if it does not
 */
record Measurement(
    double perSecond,
    double p50,
    double p99,
    double commits,
    double flushes,
    Optional<String> wrong) {

  static Measurement of(
      Slice slice, Counters.Count before, Counters.Count after, Optional<String> wrong) {
    double done = Math.max(1, slice.done());
    return new Measurement(
        slice.perSecond(),
        slice.latencies().percentile(0.5),
        slice.latencies().percentile(0.99),
        (after.commits() - before.commits()) / done,
        (after.flushes() - before.flushes()) / done,
        wrong);
  }

  boolean isVoid() {
    return wrong.isPresent();
  }
}
