package dev.concordat.store;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Replies in memory. Two open transactions with the same command are refused, not kept waiting. */
final class MemoryReplies implements StoredReplies {

  private final MemoryTables tables;
  private final Map<Id, Row> rows = new HashMap<>();
  private final Map<Id, MemoryTransaction> open = new HashMap<>();

  private record Row(Kept kept, Instant at) {}

  MemoryReplies(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public Optional<Kept> claim(Connection connection, Id id) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      MemoryTransaction other = open.putIfAbsent(id, transaction);
      if (other != null && other != transaction) {
        throw new IllegalStateException("another open transaction has claimed " + id);
      }
      if (other == null) {
        transaction.onEnd(() -> open.remove(id));
      }
      return Optional.ofNullable(rows.get(id)).map(Row::kept);
    });
  }

  @Override
  public void keep(Connection connection, Id id, Kept kept) {
    MemoryTransaction.of(connection, tables)
        .onCommit(() -> rows.merge(id, new Row(kept, tables.now()), MemoryReplies::replaced));
  }

  private static Row replaced(Row before, Row now) {
    return new Row(now.kept(), before.at());
  }

  @Override
  public int forget(Duration age, int most) {
    return tables.forget(rows.values(), most, row -> row.at().isBefore(tables.now().minus(age)));
  }
}
