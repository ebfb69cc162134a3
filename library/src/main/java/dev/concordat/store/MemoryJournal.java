package dev.concordat.store;

import java.sql.Connection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The journal in memory. */
final class MemoryJournal implements Journal {

  private final MemoryTables tables;

  MemoryJournal(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public List<Write.Result> append(List<Write> writes) {
    return tables.locked(() -> {
      writes.forEach(this::refusePromised);
      Map<Long, Write.Result> results = new HashMap<>();
      writes.stream()
          .sorted(Comparator.comparingLong(Write::no))
          .forEach(write -> results.put(write.no(), append(write)));
      return writes.stream().map(w -> Objects.requireNonNull(results.get(w.no()))).toList();
    });
  }

  private void refusePromised(Write write) {
    NewInstance born = write.insert();
    if (born != null) {
      tables.refusePromised(born, null);
    }
  }

  private Write.Result append(Write write) {
    MemoryRow row = tables.rows.get(write.no());
    if (row != null && !write.events().isEmpty() && row.hasEntry(write)) {
      return Write.Result.ACCEPTED;
    }
    Write.Result result = tables.judge(write);
    if (result == Write.Result.ACCEPTED) {
      tables.apply(write);
    }
    return result;
  }

  @Override
  public Write.Result appendWithin(Connection connection, Write write) {
    return MemoryTransaction.of(connection, tables).appendWithin(write);
  }

  @Override
  public List<Entry> read(long no) {
    return tables.locked(() -> {
      MemoryRow row = tables.rows.get(no);
      return row == null ? List.of() : List.copyOf(row.journal);
    });
  }
}
