package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Lets in as many transactions as find room among those that the databases can keep prepared. What
 * others have prepared there takes its share; how much is as old as the last look. At least one is
 * always let in: it may be one that need not prepare anything, and else finds out by being refused.
 */
final class TwoPhaseAdmission {

  private final Map<Site, Integer> capacities = new LinkedHashMap<>();
  private final Map<Site, Integer> shares = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();
  private final Map<Site, Integer> others = new HashMap<>();
  private int inside;
  private int room;

  /** Four fifths of what the smallest database has room for: others prepare there too. */
  TwoPhaseAdmission(List<Site> sites) {
    sites.forEach(site -> capacities.put(site, Math.max(1, site.branches().capacity() * 4 / 5)));
    sites.forEach(site -> shares.put(site, share(site, sites)));
    this.room = room();
  }

  /**
   * How many branches one transaction may have prepared in that database's server: one in each
   * database there, but for the one that decides.
   */
  private static int share(Site site, List<Site> sites) {
    String server = site.branches().server();
    long there =
        server.isEmpty()
            ? 1
            : sites.stream().filter(one -> one.branches().server().equals(server)).count();
    return (int) Math.max(1, Math.min(there, sites.size() - 1L));
  }

  private int room() {
    return capacities.keySet().stream().mapToInt(this::room).min().orElseThrow();
  }

  /**
   * Looks how many of the prepared transactions of that database's server are of others.
   *
   * @param isOurs whether an attempt is under way in this process
   */
  void look(Site site, Predicate<String> isOurs) {
    long theirs =
        site.branches().names().stream()
            .filter(name -> BranchId.of(name).filter(id -> isOurs.test(id.attempt())).isEmpty())
            .count();
    lock.lock();
    try {
      others.put(site, (int) theirs);
      room = room();
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private int room(Site site) {
    int capacity = capacities.getOrDefault(site, 1);
    return Math.max(1, (capacity - others.getOrDefault(site, 0)) / shares.getOrDefault(site, 1));
  }

  /** False if there was no room for as long as that. */
  boolean enter(Duration patience) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = patience.toNanos();
      while (inside >= room) {
        if (nanos <= 0) {
          return false;
        }
        nanos = left.awaitNanos(nanos);
      }
      inside++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  void leave() {
    lock.lock();
    try {
      inside--;
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How it stands, for people. */
  String said() {
    lock.lock();
    try {
      return inside
          + " are under way here, and with what others have prepared ("
          + others.entrySet().stream()
              .map(one -> one.getKey().place().name() + ": " + one.getValue())
              .collect(Collectors.joining(", "))
          + ") there is room for "
          + room
          + " at once";
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all have left, for as long as that. */
  void awaitAll(Duration grace) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = grace.toNanos();
      while (inside > 0 && nanos > 0) {
        nanos = left.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
