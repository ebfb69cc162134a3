package dev.concordat.postgres;

import dev.concordat.core.Status;
import dev.concordat.store.Entry;
import dev.concordat.store.Holds;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Holds in SQL. */
final class PgHolds implements Holds {

  private static final String ENTER =
      "INSERT INTO $.hold (instance, provider, key, minor, currency) VALUES (?, ?, ?, ?, ?)"
          + " ON CONFLICT DO NOTHING";

  private static final String SETTLE = "UPDATE $.hold SET settled = true WHERE instance = ?";

  // Of what has ended: what has a letter to take up, and what has taken one up and is about to
  // begin its correction.
  private static final String OPEN =
      " FROM $.hold h JOIN $.instance i ON i.no = h.instance WHERE h.instance IN"
          + " (SELECT instance FROM $.hold WHERE NOT settled"
          + " UNION SELECT no FROM $.instance WHERE owner IS NOT NULL OR due IS NOT NULL)"
          + " AND CASE WHEN i.status NOT IN ('COMPLETED', 'COMPENSATED') THEN NOT h.settled"
          + " ELSE EXISTS (SELECT FROM $.letter l WHERE l.instance = i.no AND NOT l.taken)"
          + " OR (i.owner IS NOT NULL AND i.parent IS NULL"
          + " AND NOT EXISTS (SELECT FROM $.instance c WHERE c.parent = i.no)) END";

  private final Database database;

  PgHolds(Database database) {
    this.database = database;
  }

  @Override
  public void enter(Connection connection, Hold hold) {
    within(
        connection,
        ENTER,
        hold.key(),
        statement -> {
          statement.setLong(1, hold.instance());
          statement.setString(2, hold.provider());
          statement.setString(3, hold.key());
          statement.setLong(4, hold.minor());
          statement.setString(5, hold.currency());
          return statement.executeUpdate();
        });
  }

  @Override
  public void settle(Connection connection, long instance) {
    within(
        connection,
        SETTLE,
        Long.toString(instance),
        statement -> {
          statement.setLong(1, instance);
          return statement.executeUpdate();
        });
  }

  private void within(Connection connection, String sql, String key, Database.Work<Integer> work) {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      work.with(statement);
    } catch (SQLException e) {
      throw database.meaning(e, key);
    }
  }

  @Override
  public Optional<String> owner(String provider, String key) {
    return database.run(
        "SELECT i.id FROM $.hold h JOIN $.instance i ON i.no = h.instance"
            + " WHERE h.provider = ? AND h.key = ?",
        statement -> {
          statement.setString(1, provider);
          statement.setString(2, key);
          return Database.rows(statement, row -> row.getString(1)).stream().findFirst();
        });
  }

  @Override
  public List<Unsettled> unsettled(@Nullable String provider, long after, int limit) {
    return database.run(
        "SELECT h.instance, h.provider, h.key, h.minor, h.currency, i.id, i.status, i.due, h.since"
            + OPEN
            + (provider == null ? "" : " AND h.provider = ?")
            + " AND h.instance > ? ORDER BY h.instance LIMIT ?",
        statement -> {
          int next = 1;
          if (provider != null) {
            statement.setString(next++, provider);
          }
          statement.setLong(next++, after);
          statement.setInt(next, limit);
          return Database.rows(statement, PgHolds::unsettled);
        });
  }

  private static Unsettled unsettled(ResultSet row) throws SQLException {
    return new Unsettled(
        new Hold(
            row.getLong(1), row.getString(2), row.getString(3), row.getLong(4), row.getString(5)),
        row.getString(6),
        Status.valueOf(row.getString(7)),
        Optional.ofNullable(row.getTimestamp(8)).map(Timestamp::toInstant),
        row.getTimestamp(9).toInstant());
  }

  @Override
  public Map<Long, List<Entry>> journals(List<Long> instances) {
    return database.run(
        "SELECT instance, position, token, at, events FROM $.journal WHERE instance = ANY (?)"
            + " ORDER BY instance, position",
        statement -> {
          statement.setArray(
              1, statement.getConnection().createArrayOf("bigint", instances.toArray()));
          Map<Long, List<Entry>> found = new LinkedHashMap<>();
          try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              found.computeIfAbsent(row.getLong(1), no -> new ArrayList<>()).add(entry(row));
            }
          }
          return found;
        });
  }

  private static Entry entry(ResultSet row) throws SQLException {
    return new Entry(
        row.getInt(2), row.getLong(3), row.getString(5), row.getTimestamp(4).toInstant());
  }

  @Override
  public List<AtRisk> atRisk() {
    return database.run(
        "SELECT h.provider, h.currency, count(*), sum(h.minor)::text"
            + OPEN
            + " GROUP BY 1, 2 ORDER BY 1, 2",
        statement ->
            Database.rows(
                statement,
                row ->
                    new AtRisk(
                        row.getString(1),
                        row.getString(2),
                        row.getLong(3),
                        new BigInteger(row.getString(4)))));
  }

  @Override
  public boolean keep(Stray stray) {
    return database.run(
        "INSERT INTO $.stray (provider, key, source, event, evidence) VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT DO NOTHING",
        statement -> {
          statement.setString(1, stray.provider());
          statement.setString(2, stray.key());
          statement.setString(3, stray.source());
          statement.setString(4, stray.event());
          statement.setString(5, stray.evidence());
          return statement.executeUpdate() > 0;
        });
  }

  @Override
  public List<Stray> strays(long after, int limit) {
    return database.run(
        "SELECT no, provider, key, source, event, evidence, at, acknowledged FROM $.stray"
            + " WHERE acknowledged IS NULL AND no > ? ORDER BY no LIMIT ?",
        statement -> {
          statement.setLong(1, after);
          statement.setInt(2, limit);
          return Database.rows(statement, PgHolds::stray);
        });
  }

  private static Stray stray(ResultSet row) throws SQLException {
    return new Stray(
        row.getLong(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getTimestamp(7).toInstant(),
        row.getString(8));
  }

  @Override
  public boolean acknowledge(long no, String acknowledged) {
    return database.run(
        "UPDATE $.stray SET acknowledged = ? WHERE no = ? AND acknowledged IS NULL",
        statement -> {
          statement.setString(1, acknowledged);
          statement.setLong(2, no);
          return statement.executeUpdate() > 0;
        });
  }
}
