package dev.concordat.postgres;

import dev.concordat.core.Cursor;
import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StoredMessage;
import dev.concordat.store.Relays;
import dev.concordat.store.Stuck;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Relays in SQL. Every write names its epoch, and the row of the lane is locked before others. */
final class PgRelays implements Relays {

  private static final String LENGTH = "clock_timestamp() + ? * interval '1 millisecond'";

  private static final String CLAIM =
      "UPDATE $.relay r SET epoch = epoch + 1, lease_until = "
          + LENGTH
          + " FROM (SELECT name, lane FROM $.relay WHERE name = ?"
          + " AND lease_until < clock_timestamp() ORDER BY lane LIMIT 1 FOR UPDATE SKIP LOCKED) f"
          + " WHERE r.name = f.name AND r.lane = f.lane"
          + " RETURNING r.lane, r.epoch, r.from_tick, r.to_tick, r.position";

  private static final String CHECKPOINT =
      "UPDATE $.relay SET from_tick = ?, to_tick = ?, position = ?, lease_until = "
          + LENGTH
          + " WHERE name = ? AND lane = ? AND epoch = ?";

  // Not forced to the disk, as checkpoints are not: a crash repeats what was tried last.
  private static final String OURS =
      "WITH ours AS (SELECT name, lane, set_config('synchronous_commit', 'off', true)"
          + " FROM $.relay WHERE name = ? AND lane = ? AND epoch = ?"
          + " FOR NO KEY UPDATE)";

  private static final String PARK =
      OURS
          + " INSERT INTO $.parked (relay, lane, state, reason, due, position, at, id, topic, key,"
          + " type, headers, payload, not_before)"
          + " SELECT ours.name, ours.lane, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM ours"
          + " ON CONFLICT (relay, position) DO UPDATE SET"
          + or("reason", "excluded.reason")
          + ", attempts = parked.attempts + CASE WHEN excluded.state = 'BEHIND' THEN 0 ELSE 1 END,"
          + or("state", "excluded.state")
          + ","
          + or("due", "excluded.due");

  private static final String SETTLE =
      OURS
          + ", gone AS (DELETE FROM $.parked p USING ours"
          + " WHERE p.relay = ours.name AND p.position = ANY (?)),"
          + " asked AS (SELECT DISTINCT topic, key FROM unnest(?, ?) a (topic, key)),"
          + " next AS (SELECT n.relay, n.position, a.topic, a.key FROM asked a, ours,"
          + " LATERAL (SELECT p.relay, p.position FROM $.parked p WHERE p.relay = ours.name"
          + " AND p.lane = ours.lane AND p.topic = a.topic AND p.key = a.key"
          + " AND p.position <> ALL (?) AND p.state <> 'DELAYED' AND p.not_before IS NULL"
          + " ORDER BY p.position LIMIT 1) n),"
          + " made AS (UPDATE $.parked p SET due = clock_timestamp() FROM next"
          + " WHERE p.relay = next.relay AND p.position = next.position)"
          + " SELECT a.topic, a.key FROM ours LEFT JOIN asked a ON NOT EXISTS"
          + " (SELECT 1 FROM next n WHERE n.topic = a.topic AND n.key = a.key)";

  // Before anything is published here under positions that came along from elsewhere.
  private static final String MOVE_HOUSE =
      "SELECT $.next_tick() FROM (SELECT system FROM $.tick ORDER BY no DESC LIMIT 1) t"
          + " WHERE t.system <> (SELECT system_identifier FROM pg_control_system())";

  // Above the base everything counts; below it what was open at the tick and has committed since.
  private static final String PROGRESS =
      "SELECT r.name, r.lane, r.lease_until >= clock_timestamp(),"
          + " greatest(0, $.last_position() - b.base) + (SELECT count(*) FROM $.outbox o"
          + " WHERE o.position <= b.base"
          + " AND o.xid = ANY (ARRAY(SELECT $.open_at(t) FROM $.tick t WHERE t.no = b.tick))),"
          + " (SELECT count(*) FROM $.parked p WHERE p.relay = r.name AND p.lane = r.lane"
          + " AND p.state <> 'DELAYED') FROM $.relay r,"
          + " LATERAL (SELECT coalesce((SELECT t.low FROM $.tick t WHERE t.no = r.from_tick), 0)"
          + " AS low) l, LATERAL (SELECT greatest(r.position, l.low) AS base,"
          + " CASE WHEN r.position > l.low THEN r.to_tick ELSE r.from_tick END AS tick) b";

  // A lane that is claimed meanwhile is gone for whoever claims it.
  private static final String FORGET =
      "WITH lanes AS MATERIALIZED (SELECT lease_until >= clock_timestamp() AS runs FROM $.relay"
          + " WHERE name = ? FOR UPDATE),"
          + " free AS (SELECT FROM lanes HAVING count(*) > 0 AND NOT bool_or(runs)),"
          + " parked AS (DELETE FROM $.parked WHERE relay = ? AND EXISTS (SELECT FROM free)),"
          + " gone AS (DELETE FROM $.relay WHERE name = ? AND EXISTS (SELECT FROM free))"
          + " SELECT coalesce(bool_or(runs), false), count(*) FROM lanes";

  private static final String PARKED = Messages.COLUMNS.replaceAll("(\\w+)", "p.$1");

  private static final String DUE =
      Messages.portion(
          Messages.COLUMNS + ", attempts, state",
          "SELECT * FROM $.parked WHERE relay = ? AND lane = ? AND due <= clock_timestamp()"
              + " ORDER BY due, position LIMIT ?",
          "due, position");

  private final Database database;

  /** What was discarded stays so; and what waits for a person when it is read again, as it is. */
  private static String or(String column, String otherwise) {
    String kept = "parked.state = 'DISCARDED' OR excluded.state = 'BEHIND'";
    return " %1$s = CASE WHEN %3$s THEN parked.%1$s ELSE %2$s END"
        .formatted(column, otherwise, kept);
  }

  PgRelays(Database database) {
    this.database = database;
  }

  @Override
  public void enter(String relay, int lanes) {
    database.requireReadCommitted(
        "a relay's", "what becomes visible while a tick is made could be overlooked");
    database.run(MOVE_HOUSE, PreparedStatement::execute);
    int known =
        database.run(
            "WITH made AS (INSERT INTO $.relay (name, lane, lanes) SELECT ?, l, ?"
                + " FROM generate_series(0, ? - 1) l WHERE NOT EXISTS"
                + " (SELECT 1 FROM $.relay WHERE name = ?)"
                + " ON CONFLICT DO NOTHING RETURNING lanes)"
                + " SELECT lanes FROM made UNION ALL"
                + " SELECT lanes FROM $.relay WHERE name = ? LIMIT 1",
            statement -> {
              statement.setString(1, relay);
              statement.setInt(2, lanes);
              statement.setInt(3, lanes);
              statement.setString(4, relay);
              statement.setString(5, relay);
              return Database.rows(statement, row -> row.getInt(1)).stream()
                  .findFirst()
                  .orElse(lanes);
            });
    if (known != lanes) {
      throw new RefusedException(
          "relay '"
              + relay
              + "' has "
              + known
              + " lanes in this database, and "
              + lanes
              + " would change which lane a key is in and so its order; keep the number, or give"
              + " the relay another name");
    }
  }

  @Override
  public Optional<Claim> claim(String relay, Duration lease) {
    Optional<Claim> claim =
        database.run(
            CLAIM,
            statement -> {
              statement.setLong(1, lease.toMillis());
              statement.setString(2, relay);
              return Database.rows(statement, PgRelays::claimed).stream().findFirst();
            });
    return claim.map(c -> new Claim(c.lane(), c.epoch(), c.cursor(), keys(relay, c.lane())));
  }

  private static Claim claimed(ResultSet row) throws SQLException {
    Cursor cursor = new Cursor(row.getLong(3), row.getLong(4), row.getLong(5));
    return new Claim(row.getInt(1), row.getLong(2), cursor, Set.of());
  }

  private Set<MessageKey> keys(String relay, int lane) {
    return database.run(
        "SELECT DISTINCT topic, key FROM $.parked WHERE relay = ? AND lane = ? AND key IS NOT NULL"
            + " AND state <> 'DELAYED' AND not_before IS NULL",
        statement -> {
          statement.setString(1, relay);
          statement.setInt(2, lane);
          return new HashSet<>(
              Database.rows(statement, row -> new MessageKey(row.getString(1), row.getString(2))));
        });
  }

  @Override
  public boolean checkpoint(
      String relay, int lane, long epoch, Cursor cursor, List<Parking> parkings, Duration lease) {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      boolean ours = checkpoint(connection, relay, lane, epoch, cursor, lease);
      if (ours) {
        insert(connection, relay, lane, epoch, parkings);
        connection.commit();
      } else {
        connection.rollback();
      }
      return ours;
    } catch (SQLException e) {
      throw database.meaning(e, relay);
    }
  }

  private boolean checkpoint(
      Connection connection, String relay, int lane, long epoch, Cursor cursor, Duration lease)
      throws SQLException {
    String sql = database.sql("SET LOCAL synchronous_commit = off; " + CHECKPOINT);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, cursor.from());
      statement.setLong(2, cursor.to());
      statement.setLong(3, cursor.position());
      statement.setLong(4, lease.toMillis());
      statement.setString(5, relay);
      statement.setInt(6, lane);
      statement.setLong(7, epoch);
      statement.execute();
      statement.getMoreResults();
      return statement.getUpdateCount() == 1;
    }
  }

  private boolean insert(
      Connection connection, String relay, int lane, long epoch, List<Parking> parkings)
      throws SQLException {
    if (parkings.isEmpty()) {
      return true;
    }
    try (PreparedStatement statement = connection.prepareStatement(database.sql(PARK))) {
      for (Parking parking : parkings) {
        statement.setString(1, relay);
        statement.setInt(2, lane);
        statement.setLong(3, epoch);
        set(statement, parking);
        statement.addBatch();
      }
      return IntStream.of(statement.executeBatch()).allMatch(count -> count == 1);
    }
  }

  private static void set(PreparedStatement statement, Parking parking) throws SQLException {
    StoredMessage message = parking.message();
    statement.setString(4, parking.state().name());
    statement.setString(5, parking.reason());
    statement.setTimestamp(6, PgJournal.timestamp(parking.due()));
    statement.setLong(7, message.position());
    statement.setTimestamp(8, PgJournal.timestamp(message.at()));
    statement.setObject(9, message.id());
    statement.setString(10, message.topic());
    statement.setString(11, message.key());
    statement.setString(12, message.type());
    statement.setString(13, Messages.text(message.headers()));
    statement.setBytes(14, message.payload().toArray());
    statement.setTimestamp(15, PgJournal.timestamp(message.notBefore()));
  }

  @Override
  public List<DueMessage> due(String relay, int lane, Portion most) {
    return database.run(
        DUE,
        statement -> {
          statement.setString(1, relay);
          statement.setInt(2, lane);
          statement.setInt(3, most.messages());
          statement.setLong(4, most.bytes());
          return Database.rows(
              statement,
              row ->
                  new DueMessage(
                      Messages.read(row),
                      row.getInt(10),
                      Parking.State.valueOf(row.getString(11))));
        });
  }

  @Override
  public Optional<Set<MessageKey>> settle(
      String relay, int lane, long epoch, List<StoredMessage> messages) {
    List<MessageKey> keys = messages.stream().map(MessageKey::of).filter(Objects::nonNull).toList();
    Object[] positions = messages.stream().map(StoredMessage::position).toArray();
    List<Optional<MessageKey>> free =
        database.run(
            SETTLE,
            statement -> {
              Array gone = statement.getConnection().createArrayOf("bigint", positions);
              statement.setString(1, relay);
              statement.setInt(2, lane);
              statement.setLong(3, epoch);
              statement.setArray(4, gone);
              statement.setArray(5, texts(statement, keys, MessageKey::topic));
              statement.setArray(6, texts(statement, keys, MessageKey::key));
              statement.setArray(7, gone);
              return Database.rows(statement, PgRelays::key);
            });
    return free.isEmpty()
        ? Optional.empty()
        : Optional.of(free.stream().flatMap(Optional::stream).collect(Collectors.toSet()));
  }

  private static Array texts(
      PreparedStatement statement, List<MessageKey> keys, Function<MessageKey, String> part)
      throws SQLException {
    return statement.getConnection().createArrayOf("text", keys.stream().map(part).toArray());
  }

  private static Optional<MessageKey> key(ResultSet row) throws SQLException {
    String topic = row.getString(1);
    return topic == null ? Optional.empty() : Optional.of(new MessageKey(topic, row.getString(2)));
  }

  @Override
  public boolean park(String relay, int lane, long epoch, List<Parking> parkings) {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      boolean ours = insert(connection, relay, lane, epoch, parkings);
      if (ours) {
        connection.commit();
      } else {
        connection.rollback();
      }
      return ours;
    } catch (SQLException e) {
      throw database.meaning(e, relay);
    }
  }

  @Override
  public void release(String relay, int lane, long epoch) {
    database.run(
        "UPDATE $.relay SET lease_until = '-infinity' WHERE name = ? AND lane = ? AND epoch = ?",
        statement -> {
          statement.setString(1, relay);
          statement.setInt(2, lane);
          statement.setLong(3, epoch);
          return statement.executeUpdate();
        });
  }

  @Override
  public List<DeadLetter> deadLetters(String relay, int most) {
    return listed(relay, Parking.State.PARKED, most);
  }

  @Override
  public List<DeadLetter> held(String relay, int most) {
    return listed(relay, Parking.State.HELD, most);
  }

  private List<DeadLetter> listed(String relay, Parking.State state, int most) {
    return database.run(
        "SELECT "
            + PARKED
            + ", p.reason, p.parked_at, (SELECT count(*) FROM $.parked b WHERE b.relay = p.relay"
            + " AND b.lane = p.lane AND b.topic = p.topic AND b.key = p.key"
            + " AND p.not_before IS NULL AND b.not_before IS NULL"
            + " AND b.position > p.position AND b.state = 'BEHIND')"
            + " FROM $.parked p WHERE p.relay = ? AND p.state = ?"
            + " ORDER BY p.position LIMIT ?",
        statement -> {
          statement.setString(1, relay);
          statement.setString(2, state.name());
          statement.setInt(3, most);
          return Database.rows(
              statement,
              row ->
                  new DeadLetter(
                      Messages.read(row),
                      row.getString(10),
                      row.getInt(12),
                      row.getTimestamp(11).toInstant()));
        });
  }

  @Override
  public List<Stuck> stuck(String header, String value, int most) {
    return StuckRows.read(database, StuckRows.AT_RELAYS, header, value, most);
  }

  @Override
  public boolean replay(String relay, long position) {
    return changed(
        "UPDATE $.parked SET due = clock_timestamp() WHERE relay = ? AND position = ?"
            + " AND state IN ('PARKED', 'HELD')",
        relay,
        position);
  }

  @Override
  public boolean discard(String relay, long position) {
    return changed(
        "UPDATE $.parked SET due = clock_timestamp(), state = 'DISCARDED'"
            + " WHERE relay = ? AND position = ? AND state IN ('PARKED', 'HELD')",
        relay,
        position);
  }

  private boolean changed(String sql, String relay, long position) {
    return database.run(
        sql,
        statement -> {
          statement.setString(1, relay);
          statement.setLong(2, position);
          return statement.executeUpdate() > 0;
        });
  }

  @Override
  public boolean forget(String relay) {
    return database.run(
        FORGET,
        statement -> {
          for (int i = 1; i <= 3; i++) {
            statement.setString(i, relay);
          }
          return Database.rows(statement, row -> forgotten(row, relay)).get(0);
        });
  }

  private static boolean forgotten(ResultSet row, String relay) throws SQLException {
    if (row.getBoolean(1)) {
      throw Relays.inUse(relay);
    }
    return row.getLong(2) > 0;
  }

  @Override
  public List<Progress> progress() {
    return database.run(
        PROGRESS + " ORDER BY 1, 2", statement -> Database.rows(statement, PgRelays::progress));
  }

  @Override
  public Optional<Progress> progress(String relay, int lane) {
    return database.run(
        PROGRESS + " WHERE r.name = ? AND r.lane = ?",
        statement -> {
          statement.setString(1, relay);
          statement.setInt(2, lane);
          return Database.rows(statement, PgRelays::progress).stream().findFirst();
        });
  }

  private static Progress progress(ResultSet row) throws SQLException {
    return new Progress(
        row.getString(1), row.getInt(2), row.getBoolean(3), row.getLong(4), row.getLong(5));
  }
}
