package dev.concordat.atomic;

import dev.concordat.store.Branches.Waiting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds transactions that wait for each other across databases, which no database can see by
 * itself. The waits of all databases together are one graph (Obermarck, "Distributed Deadlock
 * Detection Algorithm", TODS 1982, made simple because one place sees all of it). They are not
 * looked at in one instant, so a circle counts only when it is found twice.
 */
final class Deadlocks {

  private Set<Waiting> before = Set.of();

  /**
   * Which wait to break off, if there is a circle now that was there at the last look: that of its
   * youngest transaction. Those that are prepared wait for nobody and are never broken off.
   *
   * @param waits of all databases
   */
  Optional<Waiting> victim(List<Waiting> waits) {
    List<Waiting> circle = circle(waits);
    Set<Waiting> now = new HashSet<>();
    circle.forEach(wait -> now.add(ageless(wait)));
    boolean again = !now.isEmpty() && now.equals(before);
    before = again ? Set.of() : now;
    return again
        ? circle.stream().min(Comparator.comparing(Waiting::age).thenComparing(Waiting::waiter))
        : Optional.empty();
  }

  private static Waiting ageless(Waiting wait) {
    return new Waiting(wait.session(), wait.waiter(), wait.holder(), java.time.Duration.ZERO);
  }

  /** The waits of one circle; empty if there is none. */
  private static List<Waiting> circle(List<Waiting> waits) {
    Map<String, List<Waiting>> from = new HashMap<>();
    waits.forEach(wait -> from.computeIfAbsent(wait.waiter(), key -> new ArrayList<>()).add(wait));
    Set<String> done = new HashSet<>();
    for (String start : from.keySet()) {
      List<Waiting> found = walk(start, from, done, new ArrayList<>());
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private static List<Waiting> walk(
      String at, Map<String, List<Waiting>> from, Set<String> done, List<Waiting> path) {
    for (int i = 0; i < path.size(); i++) {
      if (path.get(i).waiter().equals(at)) {
        return List.copyOf(path.subList(i, path.size()));
      }
    }
    if (done.contains(at)) {
      return List.of();
    }
    for (Waiting wait : from.getOrDefault(at, List.of())) {
      path.add(wait);
      List<Waiting> found = walk(wait.holder(), from, done, path);
      if (!found.isEmpty()) {
        return found;
      }
      path.removeLast();
    }
    done.add(at);
    return List.of();
  }
}
