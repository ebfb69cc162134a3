package dev.concordat.postgres;

import dev.concordat.store.Flows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Flows in SQL. */
final class PgFlows implements Flows {

  private static final String SUMMARY = "id, name, status, entries, begun_at, updated_at";

  private static final String DECLARATION =
      "SELECT declaration FROM $.flow_declaration WHERE name = ?";

  private static final String APPEND =
      """
      WITH row AS (
             UPDATE $.flow SET status = ?, due = ?, entries = entries + cardinality(?::text[]),
                    updated_at = clock_timestamp()
              WHERE id = ? RETURNING id, entries)
      INSERT INTO $.flow_entry (flow, no, entry)
      SELECT row.id, row.entries - cardinality(?::text[]) + e.no, e.entry
        FROM row, unnest(?::text[]) WITH ORDINALITY AS e(entry, no)\
      """;

  private static final String FORGET =
      """
      WITH old AS (
             SELECT id FROM $.flow
              WHERE begun_at < clock_timestamp() - ? * interval '1 millisecond'
                AND updated_at < clock_timestamp() - ? * interval '1 millisecond'
                AND status IN ('COMPLETED', 'COMPENSATED')
              ORDER BY begun_at LIMIT ? FOR UPDATE SKIP LOCKED),
           entries AS (DELETE FROM $.flow_entry WHERE flow IN (SELECT id FROM old))
      DELETE FROM $.flow WHERE id IN (SELECT id FROM old)\
      """;

  private final Database database;

  PgFlows(Database database) {
    this.database = database;
  }

  @Override
  public void declare(String name, String declaration) {
    database.run(
        "INSERT INTO $.flow_declaration (name, declaration) VALUES (?, ?)"
            + " ON CONFLICT (name) DO UPDATE SET declaration = excluded.declaration",
        statement -> {
          statement.setString(1, name);
          statement.setString(2, declaration);
          return statement.executeUpdate();
        });
  }

  @Override
  public Optional<String> declaration(String name) {
    return database.run(DECLARATION, statement -> declaration(statement, name));
  }

  @Override
  public Optional<String> declaration(Connection connection, String name) {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(DECLARATION))) {
      return declaration(statement, name);
    } catch (SQLException e) {
      throw database.meaning(e, name);
    }
  }

  private static Optional<String> declaration(PreparedStatement statement, String name)
      throws SQLException {
    statement.setString(1, name);
    return Database.rows(statement, row -> row.getString(1)).stream().findFirst();
  }

  @Override
  public List<Written> lock(Connection connection, String id, String name) {
    String enter =
        "INSERT INTO $.flow (id, name, status) VALUES (?, ?, 'RUNNING') ON CONFLICT DO NOTHING";
    String lock = "SELECT FROM $.flow WHERE id = ? FOR UPDATE";
    try (PreparedStatement entering = connection.prepareStatement(database.sql(enter));
        PreparedStatement locking = connection.prepareStatement(database.sql(lock));
        PreparedStatement reading = connection.prepareStatement(database.sql(read()))) {
      entering.setString(1, id);
      entering.setString(2, name);
      entering.executeUpdate();
      locking.setString(1, id);
      locking.execute();
      reading.setString(1, id);
      return Database.rows(reading, PgFlows::written);
    } catch (SQLException e) {
      throw database.meaning(e, id);
    }
  }

  private static String read() {
    return "SELECT entry, at FROM $.flow_entry WHERE flow = ? ORDER BY no";
  }

  private static Written written(ResultSet row) throws SQLException {
    return new Written(row.getString(1), row.getTimestamp(2).toInstant());
  }

  @Override
  public void append(
      Connection connection,
      String id,
      List<String> entries,
      String status,
      @Nullable Instant due) {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(APPEND))) {
      java.sql.Array texts = connection.createArrayOf("text", entries.toArray());
      statement.setString(1, status);
      statement.setTimestamp(2, PgJournal.timestamp(due));
      statement.setArray(3, texts);
      statement.setString(4, id);
      statement.setArray(5, texts);
      statement.setArray(6, texts);
      statement.executeUpdate();
    } catch (SQLException e) {
      throw database.meaning(e, id);
    }
  }

  @Override
  public int forget(Duration age, int most) {
    return database.run(
        FORGET,
        statement -> {
          statement.setLong(1, age.toMillis());
          statement.setLong(2, age.toMillis());
          statement.setInt(3, most);
          return statement.executeUpdate();
        });
  }

  @Override
  public Optional<Summary> takeDue(Connection connection, Set<String> names) {
    String sql =
        "SELECT "
            + SUMMARY
            + " FROM $.flow WHERE due <= statement_timestamp() AND name = ANY (?)"
            + " ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED";
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      statement.setArray(1, connection.createArrayOf("text", names.toArray()));
      return Database.rows(statement, PgFlows::summary).stream().findFirst();
    } catch (SQLException e) {
      throw database.meaning(e, "");
    }
  }

  private static Summary summary(ResultSet row) throws SQLException {
    return new Summary(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getInt(4),
        row.getTimestamp(5).toInstant(),
        row.getTimestamp(6).toInstant());
  }

  @Override
  public List<Summary> list(@Nullable String name, @Nullable String status, int most) {
    return database.run(
        "SELECT "
            + SUMMARY
            + " FROM $.flow WHERE (?::text IS NULL OR name = ?) AND (?::text IS NULL OR status = ?)"
            + " ORDER BY begun_at DESC, id LIMIT ?",
        statement -> {
          statement.setString(1, name);
          statement.setString(2, name);
          statement.setString(3, status);
          statement.setString(4, status);
          statement.setInt(5, most);
          return Database.rows(statement, PgFlows::summary);
        });
  }

  @Override
  public Optional<Summary> find(String id) {
    return database.run(
        "SELECT " + SUMMARY + " FROM $.flow WHERE id = ?",
        statement -> {
          statement.setString(1, id);
          return Database.rows(statement, PgFlows::summary).stream().findFirst();
        });
  }

  @Override
  public List<Written> entries(String id) {
    return database.run(
        read(),
        statement -> {
          statement.setString(1, id);
          return Database.rows(statement, PgFlows::written);
        });
  }
}
