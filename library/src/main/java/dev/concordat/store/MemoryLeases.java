package dev.concordat.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Leases of workers in memory. */
final class MemoryLeases implements Leases {

  private record Held(Instant until, List<String> definitions) {}

  private final MemoryTables tables;
  private final TreeMap<Long, Held> workers = new TreeMap<>();
  private long last;

  MemoryLeases(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public Lease acquire(Duration length, List<String> definitions) {
    return tables.locked(() -> {
      last++;
      workers.put(last, new Held(until(length), List.copyOf(definitions)));
      return new Lease(last, tables.now());
    });
  }

  @Override
  public Optional<Instant> renew(long worker, Duration length) {
    return tables.locked(() -> {
      Held held = workers.get(worker);
      boolean released = held != null && held.until().equals(Instant.EPOCH);
      boolean known = !released && runUntil(worker, until(length));
      return known ? Optional.of(tables.now()) : Optional.empty();
    });
  }

  private boolean runUntil(long worker, Instant until) {
    Held held = workers.get(worker);
    if (held != null) {
      workers.put(worker, new Held(until, held.definitions()));
    }
    return held != null;
  }

  private Instant until(Duration length) {
    return tables.now().plusMillis(length.toMillis());
  }

  @Override
  public void release(long worker) {
    tables.alone(() -> runUntil(worker, Instant.EPOCH));
  }

  @Override
  public List<Worker> workers() {
    return tables.locked(
        () -> workers.entrySet().stream().map(e -> worker(e.getKey(), e.getValue())).toList());
  }

  private Worker worker(long no, Held held) {
    return new Worker(no, isAlive(held), held.until(), held.definitions());
  }

  /** Whether that worker's lease runs; not of one that is forgotten. */
  boolean isAlive(long worker) {
    return isAlive(workers.get(worker));
  }

  private boolean isAlive(@Nullable Held held) {
    return held != null && !held.until().isBefore(tables.now());
  }

  @Override
  public Instant now() {
    return tables.locked(tables::now);
  }

  /** The workers whose lease has ended, also those that are forgotten but still hold something. */
  List<Long> ended() {
    TreeSet<Long> all = new TreeSet<>(workers.keySet());
    tables.rows.values().stream().flatMap(row -> row.owner().stream().boxed()).forEach(all::add);
    return all.stream().filter(no -> !isAlive(workers.get(no))).toList();
  }

  void forgetIfEmpty(long worker) {
    boolean holds = tables.rows.values().stream().anyMatch(row -> row.isOwnedBy(worker));
    if (!holds && !isAlive(workers.get(worker))) {
      workers.remove(worker);
    }
  }
}
