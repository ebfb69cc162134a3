package dev.concordat.postgres;

import dev.concordat.core.Bytes;
import dev.concordat.store.Inbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The inbox in SQL. */
final class PgInbox implements Inbox {

  private static final String INSERT =
      "INSERT INTO $.inbox (consumer, message, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";

  private static final String SAME =
      "SELECT hash = ? FROM $.inbox WHERE consumer = ? AND message = ?";

  // In portions, so that no transaction becomes large. The index on the time is a small one, and
  // old rows lie together.
  private static final String FORGET =
      "DELETE FROM $.inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM $.inbox"
          + " WHERE at < clock_timestamp() - ? * interval '1 millisecond' LIMIT ?))";

  private static final String REMEMBER =
      "INSERT INTO $.memory AS m (ms) VALUES (?)"
          + " ON CONFLICT (one) DO UPDATE SET ms = greatest(m.ms, excluded.ms)";

  private final Database database;
  private final String insert;
  private final String same;

  PgInbox(Database database) {
    this.database = database;
    this.insert = database.sql(INSERT);
    this.same = database.sql(SAME);
  }

  @Override
  public Notice note(Connection connection, String consumer, String message, Bytes hash) {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setString(1, consumer);
      statement.setString(2, message);
      statement.setBytes(3, hash.toArray());
      return statement.executeUpdate() == 1
          ? Notice.NEW
          : compared(connection, consumer, message, hash);
    } catch (SQLException e) {
      throw database.meaning(e, message);
    }
  }

  private Notice compared(Connection connection, String consumer, String message, Bytes hash)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(same)) {
      statement.setBytes(1, hash.toArray());
      statement.setString(2, consumer);
      statement.setString(3, message);
      List<Boolean> found = Database.rows(statement, row -> row.getBoolean(1));
      return found.contains(false) ? Notice.DIFFERENT : Notice.KNOWN;
    }
  }

  @Override
  public void remember(Duration age) {
    database.run(
        REMEMBER,
        statement -> {
          statement.setLong(1, age.toMillis());
          return statement.executeUpdate();
        });
  }

  @Override
  public Optional<Duration> remembered() {
    return database.run(
        "SELECT ms FROM $.memory",
        statement ->
            Database.rows(statement, row -> Duration.ofMillis(row.getLong(1))).stream()
                .findFirst());
  }

  @Override
  public int forget(Duration age, int most) {
    return database.run(
        FORGET,
        statement -> {
          statement.setLong(1, age.toMillis());
          statement.setInt(2, most);
          return statement.executeUpdate();
        });
  }
}
