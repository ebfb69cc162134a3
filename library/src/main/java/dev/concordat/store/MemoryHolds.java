package dev.concordat.store;

import dev.concordat.core.Status;
import java.math.BigInteger;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Holds in memory. */
final class MemoryHolds implements Holds {

  private final MemoryTables tables;
  private final Instances instances;
  private final Journal journal;
  private final TreeMap<Long, Kept> holds = new TreeMap<>();
  private final Set<Long> settled = new TreeSet<>();
  private final List<Stray> strays = new ArrayList<>();

  private record Kept(Hold hold, Instant since) {}

  MemoryHolds(MemoryTables tables, Instances instances, Journal journal) {
    this.tables = tables;
    this.instances = instances;
    this.journal = journal;
  }

  @Override
  public void enter(Connection connection, Hold hold) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() ->
        transaction.onCommit(() -> {
          if (find(hold.provider(), hold.key()).isEmpty()) {
            holds.putIfAbsent(hold.instance(), new Kept(hold, tables.now()));
          }
        }));
  }

  private Optional<Hold> find(String provider, String key) {
    return holds.values().stream()
        .map(Kept::hold)
        .filter(hold -> hold.provider().equals(provider) && hold.key().equals(key))
        .findFirst();
  }

  @Override
  public void settle(Connection connection, long instance) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() -> transaction.onCommit(() -> settled.add(instance)));
  }

  @Override
  public Optional<String> owner(String provider, String key) {
    return tables.locked(() ->
        find(provider, key).flatMap(hold -> instances.find(hold.instance())).map(InstanceRow::id));
  }

  @Override
  public List<Unsettled> unsettled(@Nullable String provider, long after, int limit) {
    return tables.locked(() ->
        holds.tailMap(after, false).values().stream()
            .filter(kept -> provider == null || kept.hold().provider().equals(provider))
            .flatMap(kept -> unsettled(kept).stream())
            .limit(limit)
            .toList());
  }

  private Optional<Unsettled> unsettled(Kept kept) {
    return instances
        .find(kept.hold().instance())
        .filter(row ->
            row.status().isFinal()
                ? row.due().isPresent() || (row.owner().isPresent() && row.parent().isEmpty())
                : !settled.contains(row.no()))
        .map(row -> {
          Status status = row.status();
          return new Unsettled(kept.hold(), row.id(), status, row.due(), kept.since());
        });
  }

  @Override
  public Map<Long, List<Entry>> journals(List<Long> wanted) {
    Map<Long, List<Entry>> found = new LinkedHashMap<>();
    for (long no : wanted) {
      List<Entry> entries = journal.read(no);
      if (!entries.isEmpty()) {
        found.put(no, entries);
      }
    }
    return found;
  }

  @Override
  public List<AtRisk> atRisk() {
    Map<String, AtRisk> sums = new TreeMap<>();
    for (Unsettled each : unsettled(null, Long.MIN_VALUE, Integer.MAX_VALUE)) {
      Hold hold = each.hold();
      AtRisk one =
          new AtRisk(hold.provider(), hold.currency(), 1, BigInteger.valueOf(hold.minor()));
      sums.merge(
          hold.provider() + "\0" + hold.currency(),
          one,
          (a, b) ->
              new AtRisk(a.provider(), a.currency(), a.count() + 1, a.minor().add(b.minor())));
    }
    return List.copyOf(sums.values());
  }

  @Override
  public boolean keep(Stray stray) {
    return tables.locked(() -> {
      boolean known = strays.stream().anyMatch(each -> same(each, stray));
      if (!known) {
        strays.add(
            new Stray(
                strays.size() + 1,
                stray.provider(),
                stray.key(),
                stray.source(),
                stray.event(),
                stray.evidence(),
                tables.now(),
                null));
      }
      return !known;
    });
  }

  private static boolean same(Stray a, Stray b) {
    return a.provider().equals(b.provider())
        && a.key().equals(b.key())
        && a.source().equals(b.source())
        && a.event().equals(b.event());
  }

  @Override
  public List<Stray> strays(long after, int limit) {
    return tables.locked(() ->
        strays.stream()
            .filter(stray -> stray.no() > after && stray.acknowledged() == null)
            .limit(limit)
            .toList());
  }

  @Override
  public boolean acknowledge(long no, String acknowledged) {
    return tables.locked(() -> {
      if (no < 1 || no > strays.size() || strays.get((int) no - 1).acknowledged() != null) {
        return false;
      }
      Stray old = strays.get((int) no - 1);
      strays.set(
          (int) no - 1,
          new Stray(
              no,
              old.provider(),
              old.key(),
              old.source(),
              old.event(),
              old.evidence(),
              old.at(),
              acknowledged));
      return true;
    });
  }
}
