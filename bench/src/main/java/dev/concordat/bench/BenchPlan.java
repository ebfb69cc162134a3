package dev.concordat.bench;

import java.time.Duration;
import java.util.List;

/**
 * What to measure, and how long.
 *
 * @param cases the names of the cases, of the bench's own
 * @param concurrency how many clients at a time, one row each
 * @param rounds how often each side is measured
 * @param slice how long one measurement takes
 * @param warmUp how long each side runs before the first measurement
 * @param crowd how many instances sleep in case {@code asleep}, and how many run in {@code
 *     recovery}
 */
public record BenchPlan(
    List<String> cases,
    List<Integer> concurrency,
    int rounds,
    Duration slice,
    Duration warmUp,
    Crowd crowd) {

  /**
   * How many instances the cases with crowds have.
   *
   * @param asleep how many sleep
   * @param running how many run when their worker is killed
   * @param lease the lease of the workers that are killed
   * @param messages how many a relay takes in one round
   * @param backlog how many wait for the relay in case {@code backlog}
   * @param unknown of how many reservations nobody knows how they stand
   */
  public record Crowd(
      int asleep, int running, Duration lease, int messages, int backlog, int unknown) {
    /** What the promises are about. */
    public static final Crowd DEFAULT =
        new Crowd(100_000, 1_000, Duration.ofSeconds(10), 300_000, 5_000_000, 10_000);
  }

  /** All cases at 1, 8 and 32 clients, five rounds of two seconds. */
  public static final BenchPlan DEFAULT =
      new BenchPlan(
          SagaBench.CASES,
          List.of(1, 8, 32),
          5,
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Crowd.DEFAULT);

  /** Checks that there is something to measure. */
  public BenchPlan {
    cases = List.copyOf(cases);
    concurrency = List.copyOf(concurrency);
    if (cases.isEmpty() || concurrency.isEmpty() || rounds < 1 || slice.isNegative()) {
      throw new IllegalArgumentException("nothing to measure: give cases, clients, rounds, time");
    }
    for (int clients : concurrency) {
      if (clients < 1 || clients > 100) {
        throw new IllegalArgumentException("1 to 100 clients at a time, not " + clients);
      }
    }
  }

  /**
   * Checks that the bench has these cases.
   *
   * @throws IllegalArgumentException naming those it has
   */
  public BenchPlan of(List<String> known) {
    for (String name : cases) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "there is no case '" + name + "'; there are " + String.join(", ", known));
      }
    }
    return this;
  }
}
