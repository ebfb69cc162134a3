package dev.concordat.test;

import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.saga.Call;
import dev.concordat.store.MemoryStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The world of the crash tests: participants that honour idempotency keys, count effects, tolerate
 * a compensation of what never came, and refuse a call that comes after its compensation. Money
 * moves between accounts. Local steps write rows of a table, or stage effects in memory.
 */
final class Books implements World {

  static final String CUSTOMER = "customer";
  static final String HELD = "held";
  static final String MERCHANT = "merchant";
  static final long MONEY = 1000;

  private final @Nullable DataSource source;
  private final String table;
  private final Map<String, Long> accounts = new HashMap<>();
  private final Map<String, Integer> effects = new HashMap<>();
  private final Map<String, Integer> local = new HashMap<>();
  private final Set<String> applied = new HashSet<>();
  private final Set<String> undone = new HashSet<>();

  private Books(@Nullable DataSource source, String table) {
    this.source = source;
    this.table = table;
    reset();
  }

  static Books inMemory() {
    return new Books(null, "");
  }

  static Books on(DataSource source, String table) {
    sql(source, "CREATE TABLE " + table + " (op text NOT NULL, effect int NOT NULL)");
    return new Books(source, table);
  }

  @Override
  public synchronized void reset() {
    accounts.clear();
    accounts.put(CUSTOMER, MONEY);
    effects.clear();
    local.clear();
    applied.clear();
    undone.clear();
    if (source != null) {
      sql(source, "DELETE FROM " + table);
    }
  }

  /** A participant's operation, once per key; money moves with it. */
  synchronized void act(String op, String key, String from, String to, long amount) {
    if (undone.contains(op + key)) {
      throw new RefusedException(op + " was compensated before it came");
    }
    if (applied.add(op + key)) {
      effects.merge(op, 1, Integer::sum);
      move(from, to, amount);
    }
  }

  /** What counteracts it, once per key; harmless where there is nothing to counteract. */
  synchronized void undo(String op, String key, String from, String to, long amount) {
    if (undone.add(op + key) && applied.contains(op + key)) {
      effects.merge(op, -1, Integer::sum);
      move(to, from, amount);
    }
  }

  /** Whether it happened. */
  synchronized <S> Outcome<S> ask(String op, Call call, S state) {
    if (applied.contains(op + call.key()) && !undone.contains(op + call.key())) {
      return new Outcome.Done<>(state);
    }
    return new Outcome.Refused<>(op + " never came");
  }

  private void move(String from, String to, long amount) {
    accounts.merge(from, -amount, Long::sum);
    accounts.merge(to, amount, Long::sum);
  }

  /** A local step's write, in the transaction it is given. */
  void write(Connection tx, String op, int effect) throws SQLException {
    if (tx.isWrapperFor(MemoryStore.Staged.class)) {
      tx.unwrap(MemoryStore.Staged.class).onCommit(() -> staged(op, effect));
      return;
    }
    try (PreparedStatement insert =
        tx.prepareStatement("INSERT INTO " + table + " VALUES (?, ?)")) {
      insert.setString(1, op);
      insert.setInt(2, effect);
      insert.executeUpdate();
    }
  }

  private synchronized void staged(String op, int effect) {
    local.merge(op, effect, Integer::sum);
  }

  synchronized long balance(String account) {
    return accounts.getOrDefault(account, 0L);
  }

  synchronized boolean moneyIsConserved() {
    return accounts.values().stream().mapToLong(Long::longValue).sum() == MONEY
        && accounts.values().stream().allMatch(balance -> balance >= 0);
  }

  /** How often that operation is in effect. */
  synchronized int net(String op) {
    return effects.getOrDefault(op, 0) + local.getOrDefault(op, 0) + inTable(op);
  }

  boolean all(List<String> ops) {
    return ops.stream().allMatch(op -> net(op) == 1);
  }

  boolean none(List<String> ops) {
    return ops.stream().allMatch(op -> net(op) == 0);
  }

  boolean atMostOnce(List<String> ops) {
    return ops.stream().allMatch(op -> net(op) == 0 || net(op) == 1);
  }

  private int inTable(String op) {
    if (source == null) {
      return 0;
    }
    String sql = "SELECT coalesce(sum(effect), 0) FROM " + table + " WHERE op = ?";
    try (Connection connection = source.getConnection();
        PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, op);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void sql(DataSource source, String sql) {
    try (Connection connection = source.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
