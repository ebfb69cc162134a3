package dev.concordat.postgres;

import dev.concordat.core.Status;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Instances;
import dev.concordat.store.Query;
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
import java.util.OptionalLong;
import java.util.UUID;

/** Finding and claiming instances in SQL. */
final class PgInstances implements Instances {

  private static final String COLUMNS =
      "i.no, i.id, i.uid, i.definition, i.version, i.status, i.paused, i.token, i.owner, i.due,"
          + " i.input_hash, i.attributes, i.parent, i.mail, i.created_at, i.updated_at";

  // statement_timestamp() is stable, clock_timestamp() is not, and only a stable bound lets the
  // index
  // find the few that are due among the many that sleep.
  private static final String CLAIM_DUE =
      "WITH picked AS (SELECT p.no FROM unnest(?) AS label, LATERAL (SELECT no, due FROM $.instance"
          + " WHERE due <= statement_timestamp() AND owner IS NULL"
          + " AND definition || '@' || version::text = label"
          + " ORDER BY due LIMIT ? FOR UPDATE SKIP LOCKED) p ORDER BY p.due LIMIT ?)"
          + " UPDATE $.instance i SET owner = ?, due = NULL, token = token + 1,"
          + " updated_at = clock_timestamp()"
          + " FROM picked WHERE i.no = picked.no RETURNING "
          + COLUMNS;

  // Also owners that are forgotten: a worker that slept past its lease may still have claimed, or
  // begun an instance, just after it was found empty. Hops from owner to owner along the index.
  // Nothing for one whose own lease has ended: what it took the next would take from it at once.
  private static final String DEAD =
      """
      WITH RECURSIVE holder AS (
        SELECT min(owner) AS no FROM $.instance WHERE owner IS NOT NULL
        UNION ALL
        SELECT (SELECT min(i.owner) FROM $.instance i WHERE i.owner > holder.no)
          FROM holder WHERE holder.no IS NOT NULL)
      SELECT no FROM (
        SELECT no FROM holder
         WHERE no IS NOT NULL AND NOT EXISTS (SELECT 1 FROM $.worker w WHERE w.no = holder.no)
        UNION
        SELECT no FROM $.worker WHERE lease_until < clock_timestamp()) dead
       WHERE EXISTS (SELECT 1 FROM $.worker WHERE no = ? AND lease_until >= clock_timestamp())
       ORDER BY no\
      """;

  // The entry first: where a write of the old owner is under way, it decides who was first.
  private static final String TAKE_OVER =
      "WITH picked AS (SELECT no, token FROM $.instance"
          + " WHERE owner = ? AND definition || '@' || version::text = ANY (?)"
          + " ORDER BY no LIMIT ? FOR UPDATE SKIP LOCKED),"
          + " fence AS (INSERT INTO $.journal (instance, position, token, events)"
          + " SELECT no, (SELECT coalesce(max(position) + 1, 0) FROM $.journal"
          + " WHERE instance = picked.no), token + 1, ? FROM picked ORDER BY no"
          + " ON CONFLICT DO NOTHING RETURNING instance)"
          + " UPDATE $.instance i SET owner = ?, due = NULL, token = i.token + 1,"
          + " updated_at = clock_timestamp()"
          + " FROM fence WHERE i.no = fence.instance RETURNING "
          + COLUMNS;

  private static final String FORGET =
      "DELETE FROM $.worker w WHERE w.no = ? AND w.lease_until < clock_timestamp()"
          + " AND NOT EXISTS (SELECT 1 FROM $.instance i WHERE i.owner = w.no)";

  private final Database database;
  private final KeptConnection kept;

  PgInstances(Database database, KeptConnection kept) {
    this.database = database;
    this.kept = kept;
  }

  @Override
  public long reserveNumbers() {
    return kept.run(
        "SELECT nextval('$.instance_no')",
        statement -> Database.rows(statement, row -> row.getLong(1)).get(0));
  }

  @Override
  public Optional<InstanceRow> find(String id) {
    return kept.run(
        "SELECT " + COLUMNS + " FROM $.instance i WHERE i.id = ?",
        statement -> {
          statement.setString(1, id);
          return Database.rows(statement, PgInstances::row).stream().findFirst();
        });
  }

  @Override
  public Optional<InstanceRow> findWithin(Connection connection, String id) {
    try (PreparedStatement statement =
        connection.prepareStatement(
            database.sql("SELECT " + COLUMNS + " FROM $.instance i WHERE i.id = ?"))) {
      statement.setString(1, id);
      return Database.rows(statement, PgInstances::row).stream().findFirst();
    } catch (SQLException e) {
      throw database.meaning(e, id);
    }
  }

  @Override
  public Optional<InstanceRow> find(long no) {
    return database.run(
        "SELECT " + COLUMNS + " FROM $.instance i WHERE i.no = ?",
        statement -> {
          statement.setLong(1, no);
          return Database.rows(statement, PgInstances::row).stream().findFirst();
        });
  }

  @Override
  public List<InstanceRow> search(Query query) {
    List<String> conditions = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    query.status().ifPresent(status -> add(conditions, values, "i.status = ?", status.name()));
    if (query.status().equals(Optional.of(Status.NEEDS_ATTENTION))) {
      // The partial index is only used if the plan can see that its condition holds.
      conditions.add("i.status = 'NEEDS_ATTENTION'");
    }
    query.definition().ifPresent(name -> add(conditions, values, "i.definition = ?", name));
    query
        .createdBefore()
        .ifPresent(at -> add(conditions, values, "i.created_at < ?", Timestamp.from(at)));
    query.before().ifPresent(no -> add(conditions, values, "i.no < ?", no));
    query.parent().ifPresent(no -> add(conditions, values, "i.parent = ?", no));
    if (!query.attributes().isEmpty()) {
      String wanted = Attributes.json(query.attributes());
      add(conditions, values, "i.attributes @> ?::jsonb", wanted == null ? "{}" : wanted);
    }
    String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    return database.run(
        "SELECT " + COLUMNS + " FROM $.instance i" + where + " ORDER BY i.no DESC LIMIT ?",
        statement -> {
          for (int i = 0; i < values.size(); i++) {
            statement.setObject(i + 1, values.get(i));
          }
          statement.setInt(values.size() + 1, query.limit());
          return Database.rows(statement, PgInstances::row);
        });
  }

  private static void add(
      List<String> conditions, List<Object> values, String condition, Object value) {
    conditions.add(condition);
    values.add(value);
  }

  @Override
  public Map<String, Long> unfinished() {
    return database.run(
        "SELECT definition || '@' || version::text, count(*) FROM $.instance"
            + " WHERE owner IS NOT NULL OR due IS NOT NULL OR status NOT IN"
            + " ('COMPLETED', 'COMPENSATED') GROUP BY 1 ORDER BY 1",
        statement -> {
          Map<String, Long> counts = new LinkedHashMap<>();
          try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              counts.put(row.getString(1), row.getLong(2));
            }
          }
          return counts;
        });
  }

  @Override
  public List<InstanceRow> claimDue(long worker, List<String> definitions, int limit) {
    return database.run(
        CLAIM_DUE,
        statement -> {
          statement.setArray(1, text(statement, definitions));
          statement.setInt(2, limit);
          statement.setInt(3, limit);
          statement.setLong(4, worker);
          return Database.rows(statement, PgInstances::row);
        });
  }

  @Override
  public List<InstanceRow> heldBy(long worker) {
    return database.run(
        "SELECT " + COLUMNS + " FROM $.instance i WHERE i.owner = ? ORDER BY i.no",
        statement -> {
          statement.setLong(1, worker);
          return Database.rows(statement, PgInstances::row);
        });
  }

  @Override
  public List<InstanceRow> claimAbandoned(
      long worker, List<String> definitions, int limit, String events) {
    List<Long> dead =
        database.run(
            DEAD,
            statement -> {
              statement.setLong(1, worker);
              return Database.rows(statement, row -> row.getLong(1));
            });
    List<InstanceRow> claimed = new ArrayList<>();
    for (long owner : dead) {
      // Its own it still has, or loses to others: to take them from itself would go on for ever.
      if (owner != worker && claimed.size() < limit) {
        claimed.addAll(takeOver(owner, worker, definitions, limit - claimed.size(), events));
        forget(owner);
      }
    }
    return claimed;
  }

  private List<InstanceRow> takeOver(
      long owner, long worker, List<String> definitions, int limit, String events) {
    return database.run(
        TAKE_OVER,
        statement -> {
          statement.setLong(1, owner);
          statement.setArray(2, text(statement, definitions));
          statement.setInt(3, limit);
          statement.setString(4, events);
          statement.setLong(5, worker);
          return Database.rows(statement, PgInstances::row);
        });
  }

  private void forget(long owner) {
    database.run(
        FORGET,
        statement -> {
          statement.setLong(1, owner);
          return statement.executeUpdate();
        });
  }

  private static java.sql.Array text(PreparedStatement statement, List<String> values)
      throws SQLException {
    Connection connection = statement.getConnection();
    return connection.createArrayOf("text", values.toArray());
  }

  private static InstanceRow row(ResultSet row) throws SQLException {
    long owner = row.getLong(9);
    OptionalLong ownerOr = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(owner);
    long parent = row.getLong(13);
    OptionalLong parentOr = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(parent);
    return new InstanceRow(
        row.getLong(1),
        row.getString(2),
        row.getObject(3, UUID.class),
        row.getString(4),
        row.getInt(5),
        Status.valueOf(row.getString(6)),
        row.getBoolean(7),
        row.getLong(8),
        ownerOr,
        Optional.ofNullable(row.getTimestamp(10)).map(Timestamp::toInstant),
        row.getString(11),
        Attributes.read(row.getString(12)),
        parentOr,
        row.getInt(14),
        row.getTimestamp(15).toInstant(),
        row.getTimestamp(16).toInstant());
  }
}
