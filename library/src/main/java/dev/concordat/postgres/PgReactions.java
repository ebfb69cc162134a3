package dev.concordat.postgres;

import dev.concordat.store.Reactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Reactions in SQL. */
final class PgReactions implements Reactions {

  private final Database database;

  PgReactions(Database database) {
    this.database = database;
  }

  @Override
  public Map<String, State> begin(Connection connection, String service, String flow) {
    // Two statements, so that the second one's snapshot is taken after the lock was.
    String lock =
        "SELECT pg_advisory_xact_lock("
            + "hashtextextended(?, 11) # hashtextextended(?, 12) # hashtextextended(?, 13))";
    String read = "SELECT step, state FROM $.reaction WHERE service = ? AND flow = ?";
    try (PreparedStatement locking = connection.prepareStatement(lock);
        PreparedStatement reading = connection.prepareStatement(database.sql(read))) {
      locking.setString(1, database.schema());
      locking.setString(2, service);
      locking.setString(3, flow);
      locking.execute();
      reading.setString(1, service);
      reading.setString(2, flow);
      Map<String, State> found = new HashMap<>();
      Database.rows(reading, row -> found.put(row.getString(1), State.valueOf(row.getString(2))));
      return found;
    } catch (SQLException e) {
      throw database.meaning(e, flow);
    }
  }

  @Override
  public void mark(Connection connection, String service, String flow, String step, State state) {
    String sql =
        "INSERT INTO $.reaction (service, flow, step, state) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (service, flow, step) DO UPDATE SET state = excluded.state,"
            + " at = clock_timestamp()";
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      statement.setString(1, service);
      statement.setString(2, flow);
      statement.setString(3, step);
      statement.setString(4, state.name());
      statement.executeUpdate();
    } catch (SQLException e) {
      throw database.meaning(e, flow);
    }
  }

  @Override
  public int forget(Duration age, int most) {
    return database.run(
        "DELETE FROM $.reaction WHERE ctid = ANY (ARRAY(SELECT ctid FROM $.reaction"
            + " WHERE at < clock_timestamp() - ? * interval '1 millisecond' LIMIT ?))",
        statement -> {
          statement.setLong(1, age.toMillis());
          statement.setInt(2, most);
          return statement.executeUpdate();
        });
  }
}
