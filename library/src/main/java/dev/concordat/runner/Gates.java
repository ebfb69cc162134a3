package dev.concordat.runner;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** How many calls to a participant may run at once in this process. Thread-safe. */
public final class Gates {

  private final Map<String, Integer> limits;
  private final Map<String, Semaphore> gates = new ConcurrentHashMap<>();

  /** Limits by the names of participants; those that have none are not limited. */
  public Gates(Map<String, Integer> limits) {
    this.limits = Map.copyOf(limits);
  }

  /**
   * Waits for a turn at that participant, if it has a limit.
   *
   * @return ends the turn; more than once does no harm
   */
  public Runnable takeTurn(@Nullable String participant) {
    Integer limit = participant == null ? null : limits.get(participant);
    if (participant == null || limit == null) {
      return () -> {};
    }
    Semaphore gate = gates.computeIfAbsent(participant, name -> new Semaphore(limit, true));
    gate.acquireUninterruptibly();
    AtomicBoolean ended = new AtomicBoolean();
    return () -> {
      if (ended.compareAndSet(false, true)) {
        gate.release();
      }
    };
  }
}
