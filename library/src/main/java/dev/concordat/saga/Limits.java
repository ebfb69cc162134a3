package dev.concordat.saga;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
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

  /** The gate before that participant, or null if there is no limit. */
  @Nullable Semaphore gate(@Nullable String participant) {
    Integer limit = participant == null ? null : participants.get(participant);
    return participant == null || limit == null
        ? null
        : gates.computeIfAbsent(participant, name -> new Semaphore(limit, true));
  }
}
