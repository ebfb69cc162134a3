package dev.concordat.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What PostgreSQL counts: committed transactions of one database, reading ones included, and forced
 * writes of the write-ahead log of the whole server, which runs nothing but the bench.
 *
 * <p>A server process reports what it counted at most once a second, so each connection of the pool
 * is first told to report at once. The processes of the log writer and the checkpointer report in
 * their own time; they force little while clients commit.
 */
final class Counters {

  // Reading some table matters: without anything to report on tables, commits stay unreported.
  private static final String REPORT = "SELECT pg_stat_force_next_flush() FROM pg_class LIMIT 1";

  /** How often by then. */
  record Count(long commits, long flushes) {}

  private final WatchedPool pool;
  private final Connection elsewhere;
  private final String database;

  /**
   * Counters of one database.
   *
   * @param pool all its connections
   * @param elsewhere a connection to another database, whose commits do not count
   */
  Counters(WatchedPool pool, Connection elsewhere, String database) {
    this.pool = pool;
    this.elsewhere = elsewhere;
    this.database = database;
  }

  /** The counts now; each call adds {@link #own} commits to the next. */
  Count read() throws SQLException {
    List<Connection> out = pool.out();
    List<Connection> taken = new ArrayList<>();
    try {
      for (int i = out.size(); i < pool.getMaximumPoolSize(); i++) {
        taken.add(pool.getConnection());
      }
      for (Connection connection : taken) {
        connection.setAutoCommit(true);
        run(connection, REPORT);
      }
      for (Connection connection : out) {
        report(connection);
      }
    } finally {
      for (Connection connection : taken) {
        connection.close();
      }
    }
    return count();
  }

  /** One that is in use runs our statement between its own; it may also be given back meanwhile. */
  private static void report(Connection connection) throws SQLException {
    try {
      run(connection, REPORT);
    } catch (SQLException e) {
      if (!connection.isClosed()) {
        throw e;
      }
    }
  }

  /** How many commits reading the counts costs. */
  int own() {
    return pool.getMaximumPoolSize();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Count count() throws SQLException {
    String sql =
        "SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = '"
            + database
            + "'), (SELECT coalesce(sum(fsyncs), 0) FROM pg_stat_io WHERE object = 'wal')";
    try (Statement statement = elsewhere.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return new Count(row.getLong(1), row.getLong(2));
    }
  }
}
