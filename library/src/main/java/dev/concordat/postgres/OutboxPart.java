package dev.concordat.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** One part of the outbox's table: emptied as a whole, which gives its files back. */
final class OutboxPart {

  // What the slowest relay's tick does not show is not passed. Two look-ups by index.
  private static final String PASSED =
      "SELECT EXISTS (SELECT 1 FROM $.outbox_%1$d)"
          + " AND (($.last_position() >> 20) & 7) <> %1$d"
          + " AND coalesce((SELECT NOT EXISTS (SELECT 1 FROM $.outbox_%1$d o"
          + " WHERE o.xid >= pg_snapshot_xmax(t.snapshot)) AND NOT EXISTS"
          + " (SELECT 1 FROM pg_snapshot_xip(t.snapshot) x JOIN $.outbox_%1$d o ON o.xid = x)"
          + " FROM $.tick t WHERE t.no = (SELECT min(r.from_tick) FROM $.relay r)), false)";

  private final Database database;
  private final int number;

  OutboxPart(Database database, int number) {
    this.database = database;
    this.number = number;
  }

  /** Empties it if every relay is past it and nobody else uses it. */
  boolean emptyIfPassed() {
    return database.run(
            sql(PASSED), statement -> Database.rows(statement, row -> row.getBoolean(1)).get(0))
        && empty();
  }

  private String sql(String text) {
    return text.replace("%1$d", Integer.toString(number));
  }

  private boolean empty() {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      boolean done = empty(connection);
      connection.rollback();
      return done;
    } catch (SQLException e) {
      throw database.meaning(e, "");
    }
  }

  /** Whoever still publishes into it, or reads it, is not waited for. */
  private boolean empty(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '50ms'");
      statement.execute(database.sql(sql("LOCK TABLE $.outbox_%1$d IN ACCESS EXCLUSIVE MODE")));
      try (var row = statement.executeQuery(database.sql(sql(PASSED)))) {
        if (!row.next() || !row.getBoolean(1)) {
          return false;
        }
      }
      statement.execute(database.sql(sql("TRUNCATE $.outbox_%1$d")));
      connection.commit();
      return true;
    } catch (SQLException e) {
      if ("55P03".equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }
}
