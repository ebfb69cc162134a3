package dev.concordat.store;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Flows in memory. */
final class MemoryFlows implements Flows {

  private static final Set<String> ENDS = Set.of("COMPLETED", "COMPENSATED");

  private final MemoryTables tables;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Map<String, String> declarations = new HashMap<>();
  private final Set<String> locked = new HashSet<>();

  private static final class Row {
    private final String id;
    private final String name;
    private final Instant begunAt;
    private final List<Written> entries = new ArrayList<>();
    private String status = "RUNNING";
    private @Nullable Instant due;
    private Instant updatedAt;

    Row(String id, String name, Instant now) {
      this.id = id;
      this.name = name;
      this.begunAt = now;
      this.updatedAt = now;
    }

    Summary summary() {
      return new Summary(id, name, status, entries.size(), begunAt, updatedAt);
    }
  }

  MemoryFlows(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public void declare(String name, String declaration) {
    tables.alone(() -> declarations.put(name, declaration));
  }

  @Override
  public Optional<String> declaration(String name) {
    return tables.locked(() -> Optional.ofNullable(declarations.get(name)));
  }

  @Override
  public Optional<String> declaration(Connection connection, String name) {
    return declaration(name);
  }

  @Override
  public List<Written> lock(Connection connection, String id, String name) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      lock(transaction, id);
      transaction.onCommit(() -> rows.computeIfAbsent(id, key -> new Row(id, name, tables.now())));
      Row row = rows.get(id);
      return row == null ? List.of() : List.copyOf(row.entries);
    });
  }

  private void lock(MemoryTransaction transaction, String id) {
    if (locked.add(id)) {
      transaction.onEnd(() -> locked.remove(id));
    }
  }

  @Override
  public void append(
      Connection connection,
      String id,
      List<String> entries,
      String status,
      @Nullable Instant due) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() ->
        transaction.onCommit(() -> {
          Row row = rows.get(id);
          if (row != null) {
            entries.forEach(text -> row.entries.add(new Written(text, tables.now())));
            row.status = status;
            row.due = MemoryTables.kept(due);
            row.updatedAt = tables.now();
          }
        }));
  }

  @Override
  public int forget(Duration age, int most) {
    return tables.forget(
        rows.values(),
        most,
        row ->
            ENDS.contains(row.status)
                && row.updatedAt.isBefore(tables.now().minus(age))
                && !locked.contains(row.id));
  }

  @Override
  public Optional<Summary> takeDue(Connection connection, Set<String> names) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      Optional<Row> due =
          rows.values().stream()
              .filter(row -> names.contains(row.name) && !locked.contains(row.id))
              .filter(row -> row.due != null && !row.due.isAfter(tables.now()))
              .findFirst();
      due.ifPresent(row -> lock(transaction, row.id));
      return due.map(Row::summary);
    });
  }

  @Override
  public List<Summary> list(@Nullable String name, @Nullable String status, int most) {
    return tables.locked(() ->
        rows.values().stream()
            .map(Row::summary)
            .filter(row -> name == null || row.name().equals(name))
            .filter(row -> status == null || row.status().equals(status))
            .sorted(Comparator.comparing(Summary::begunAt).reversed().thenComparing(Summary::id))
            .limit(most)
            .toList());
  }

  @Override
  public Optional<Summary> find(String id) {
    return tables.locked(() -> Optional.ofNullable(rows.get(id)).map(Row::summary));
  }

  @Override
  public List<Written> entries(String id) {
    return tables.locked(() -> {
      Row row = rows.get(id);
      return row == null ? List.of() : List.copyOf(row.entries);
    });
  }
}
