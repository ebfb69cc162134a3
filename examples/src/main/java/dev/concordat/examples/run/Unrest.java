package dev.concordat.examples.run;

import java.util.Optional;
import java.util.random.RandomGenerator;

/** Kills one service a few times, at moments that nobody chose. */
final class Unrest {

  static final String MOMENT = "a random moment";

  private static final int KILLS = 3;
  private static final long MOST_NANOS = 1_500_000_000;

  private final Optional<String> service;
  private final RandomGenerator random = RandomGenerator.getDefault();
  private int kills;
  private long next;

  Unrest(Optional<String> service) {
    this.service = service;
    this.next = System.nanoTime() + random.nextLong(MOST_NANOS / 2);
  }

  /** The service that is to be killed now. */
  Optional<String> due() {
    if (service.isEmpty() || kills == KILLS || System.nanoTime() - next < 0) {
      return Optional.empty();
    }
    kills++;
    next = System.nanoTime() + random.nextLong(MOST_NANOS);
    return service;
  }
}
