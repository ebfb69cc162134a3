package dev.concordat.store;

import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Finding and claiming instances in memory. */
final class MemoryInstances implements Instances {

  private final MemoryTables tables;
  private final MemoryLeases leases;
  private long nextNumber = 1;

  MemoryInstances(MemoryTables tables, MemoryLeases leases) {
    this.tables = tables;
    this.leases = leases;
  }

  @Override
  public long reserveNumbers() {
    return tables.locked(() -> {
      long first = nextNumber;
      nextNumber += NUMBERS;
      return first;
    });
  }

  @Override
  public Optional<InstanceRow> find(String id) {
    return tables.locked(() -> Optional.ofNullable(tables.byId(id)).map(MemoryRow::shown));
  }

  @Override
  public Optional<InstanceRow> findWithin(Connection connection, String id) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> find(id).or(() -> transaction.born(id)));
  }

  @Override
  public Optional<InstanceRow> find(long no) {
    return tables.locked(() -> Optional.ofNullable(tables.rows.get(no)).map(MemoryRow::shown));
  }

  @Override
  public List<InstanceRow> search(Query query) {
    return tables.locked(() ->
        tables.rows.descendingMap().values().stream()
            .filter(row -> row.matches(query))
            .limit(query.limit())
            .map(MemoryRow::shown)
            .toList());
  }

  @Override
  public Map<String, Long> unfinished() {
    return tables.locked(() -> {
      Map<String, Long> counts = new TreeMap<>();
      tables.rows.values().stream()
          .filter(MemoryRow::isUnfinished)
          .forEach(row -> counts.merge(row.label(), 1L, Long::sum));
      return counts;
    });
  }

  @Override
  public List<InstanceRow> claimDue(long worker, List<String> definitions, int limit) {
    return tables.locked(() -> {
      Instant now = tables.now();
      List<MemoryRow> due =
          tables.rows.values().stream()
              .filter(row -> row.owner().isEmpty() && isDue(row, now))
              .filter(row -> definitions.contains(row.label()))
              .sorted(Comparator.comparing(row -> Objects.requireNonNull(row.due())))
              .limit(limit)
              .toList();
      due.forEach(row -> row.claim(worker, now));
      return due.stream().map(MemoryRow::shown).toList();
    });
  }

  private static boolean isDue(MemoryRow row, Instant now) {
    Instant due = row.due();
    return due != null && !due.isAfter(now);
  }

  @Override
  public List<InstanceRow> heldBy(long worker) {
    return tables.locked(() ->
        tables.rows.values().stream()
            .filter(row -> row.isOwnedBy(worker))
            .map(MemoryRow::shown)
            .toList());
  }

  @Override
  public List<InstanceRow> claimAbandoned(
      long worker, List<String> definitions, int limit, String events) {
    return tables.locked(() -> {
      List<InstanceRow> claimed = new ArrayList<>();
      for (long owner : leases.isAlive(worker) ? leases.ended() : List.<Long>of()) {
        if (claimed.size() < limit) {
          List<MemoryRow> taken =
              tables.rows.values().stream()
                  .filter(row -> row.isOwnedBy(owner) && definitions.contains(row.label()))
                  .limit(limit - claimed.size())
                  .toList();
          taken.forEach(row -> takeOver(row, worker, events));
          taken.forEach(row -> claimed.add(row.shown()));
          leases.forgetIfEmpty(owner);
        }
      }
      return claimed;
    });
  }

  private void takeOver(MemoryRow row, long worker, String events) {
    row.claim(worker, tables.now());
    row.append(row.token(), events, tables.now());
  }
}
