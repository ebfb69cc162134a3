package dev.concordat.engine;

import java.time.Duration;

/**
 * The engine's limits and times.
 *
 * @param lease how long a dead worker's instances wait to be taken over, at most
 * @param poll how often a worker looks for due instances and letters without being woken
 * @param maxRunning the most instances a worker holds at once
 * @param keepInMemory waits shorter than this are waited for in memory, longer ones let the
 *     instance go
 * @param maxBatch the most writes in one shared transaction
 * @param patience how long starting an instance waits for a database that does not answer
 * @param grace how long a shutdown waits for running attempts
 * @param listens whether a worker keeps a connection to hear of new work before its next poll
 */
public record EngineConfig(
    Duration lease,
    Duration poll,
    int maxRunning,
    Duration keepInMemory,
    int maxBatch,
    Duration patience,
    Duration grace,
    boolean listens) {

  /** Ten seconds of lease, a look every 100 ms, 1,000 instances, 20 seconds of grace. */
  public static final EngineConfig DEFAULT =
      new EngineConfig(
          Duration.ofSeconds(10),
          Duration.ofMillis(100),
          1000,
          Duration.ofSeconds(2),
          256,
          Duration.ofSeconds(30),
          Duration.ofSeconds(20),
          true);

  /** Checks that the limits make sense together. */
  public EngineConfig {
    if (lease.compareTo(Duration.ofMillis(200)) < 0) {
      throw new IllegalArgumentException("a lease shorter than 200 ms cannot be kept: " + lease);
    }
    if (poll.isNegative() || poll.isZero() || poll.compareTo(lease) > 0) {
      throw new IllegalArgumentException(
          "the poll interval must be positive and not above the lease, not " + poll);
    }
    if (maxRunning < 1 || maxBatch < 1) {
      throw new IllegalArgumentException("maxRunning and maxBatch must be at least 1");
    }
  }

  /** The same with another lease. */
  public EngineConfig withLease(Duration lease) {
    return new EngineConfig(
        lease, poll, maxRunning, keepInMemory, maxBatch, patience, grace, listens);
  }

  /** The same with another poll. */
  public EngineConfig withPoll(Duration poll) {
    return new EngineConfig(
        lease, poll, maxRunning, keepInMemory, maxBatch, patience, grace, listens);
  }

  /** The same with another maxRunning. */
  public EngineConfig withMaxRunning(int maxRunning) {
    return new EngineConfig(
        lease, poll, maxRunning, keepInMemory, maxBatch, patience, grace, listens);
  }

  /** The same with another patience. */
  public EngineConfig withPatience(Duration patience) {
    return new EngineConfig(
        lease, poll, maxRunning, keepInMemory, maxBatch, patience, grace, listens);
  }

  /** The same with another grace. */
  public EngineConfig withGrace(Duration grace) {
    return new EngineConfig(
        lease, poll, maxRunning, keepInMemory, maxBatch, patience, grace, listens);
  }

  /** The same with another listens. */
  public EngineConfig withListens(boolean listens) {
    return new EngineConfig(
        lease, poll, maxRunning, keepInMemory, maxBatch, patience, grace, listens);
  }
}
