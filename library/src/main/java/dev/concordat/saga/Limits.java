package dev.concordat.saga;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What sagas may use.
 *
 * @param maxStateLength the most characters an encoded state may have
 * @param participants how many calls to a participant may run at once, by its name
 */
record Limits(int maxStateLength, Map<String, Integer> participants, Map<String, Semaphore> gates) {

  Limits(int maxStateLength, Map<String, Integer> participants) {
    this(maxStateLength, Map.copyOf(participants), new ConcurrentHashMap<>());
  }

  /**
   * Waits for a turn at that participant, if it has a limit.
   *
   * @return ends the turn; more than once does no harm
   */
  Runnable takeTurn(@Nullable String participant) {
    Integer limit = participant == null ? null : participants.get(participant);
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
