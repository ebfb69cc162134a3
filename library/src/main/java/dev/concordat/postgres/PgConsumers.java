package dev.concordat.postgres;

import dev.concordat.core.Bytes;
import dev.concordat.core.MessageKey;
import dev.concordat.core.NotNowException;
import dev.concordat.core.ParkedMessage;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.store.Consumers;
import dev.concordat.store.Stuck;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Consumers in SQL. */
final class PgConsumers implements Consumers {

  // In the order of ids, so that two transactions with the same messages do not lock crosswise.
  private static final String ACCEPT =
      """
      WITH given AS (
             SELECT * FROM unnest(?::text[], ?::bytea[], ?::text[], ?::text[])
               WITH ORDINALITY AS g(message, hash, topic, key, n)),
           held AS (
             SELECT g.n FROM given g WHERE g.key IS NOT NULL AND EXISTS
               (SELECT FROM $.unhandled u
                 WHERE u.consumer = ? AND u.topic = g.topic AND u.key = g.key
                   AND hashtextextended(u.key, 0) = hashtextextended(g.key, 0))),
           noted AS (
             INSERT INTO $.inbox (consumer, message, hash)
             SELECT ?, g.message, g.hash FROM given g WHERE g.n NOT IN (SELECT n FROM held)
              ORDER BY g.message, g.n ON CONFLICT DO NOTHING RETURNING message)
      SELECT g.n IN (SELECT n FROM held), g.message IN (SELECT message FROM noted)
        FROM given g ORDER BY g.n\
      """;

  private static final String MESSAGE = "u.message, u.topic, u.key, u.type, u.headers, u.payload";

  private static final String TAKE =
      "SELECT "
          + MESSAGE
          + ", u.no, u.attempts, extract(epoch FROM clock_timestamp() - u.parked_at) * 1000,"
          + " u.state = 'DISCARDED' FROM $.unhandled u"
          + " WHERE u.consumer = ? AND u.due <= statement_timestamp()"
          + " ORDER BY u.due LIMIT 1 FOR UPDATE SKIP LOCKED";

  private static final String ADVANCE =
      """
      UPDATE $.consumer_lane l SET next = greatest(l.next, ?)
        FROM (SELECT consumer, lane, next FROM $.consumer_lane
               WHERE consumer = ? AND lane = ? AND epoch = ? FOR NO KEY UPDATE) old
       WHERE l.consumer = old.consumer AND l.lane = old.lane
      RETURNING coalesce(old.next, -1)\
      """;

  // The receiver's thread claims, for all lanes: one that is held must not hold up the others.
  private static final String CLAIM =
      """
      INSERT INTO $.consumer_lane AS l (consumer, lane, epoch)
      SELECT ?, ?, 1 FROM (SELECT set_config('lock_timeout', '100ms', true)) AS patience
      ON CONFLICT (consumer, lane) DO UPDATE SET epoch = l.epoch + 1
      RETURNING epoch, next\
      """;

  private static final String LOCK_TIMEOUT = "55P03";

  private final Database database;
  private final String accept;
  private final String advance;

  PgConsumers(Database database) {
    this.database = database;
    this.accept = database.sql(ACCEPT);
    this.advance = database.sql(ADVANCE);
  }

  @Override
  public void enter(String consumer, boolean keepsOffsets) {
    database.requireReadCommitted(
        "a consumer's", "with an old snapshot a parked message could be overlooked");
    boolean known =
        database.run(
            "WITH made AS (INSERT INTO $.consumer (name, keeps_offsets) VALUES (?, ?)"
                + " ON CONFLICT DO NOTHING RETURNING keeps_offsets)"
                + " SELECT keeps_offsets FROM made UNION ALL"
                + " SELECT keeps_offsets FROM $.consumer WHERE name = ? LIMIT 1",
            statement -> {
              statement.setString(1, consumer);
              statement.setBoolean(2, keepsOffsets);
              statement.setString(3, consumer);
              return Database.rows(statement, row -> row.getBoolean(1)).stream()
                  .findFirst()
                  .orElse(keepsOffsets);
            });
    if (known != keepsOffsets) {
      throw new RefusedException(
          "consumer '"
              + consumer
              + "' knows by "
              + (known ? "offsets" : "ids")
              + " what it has handled, and would handle it again if it went by "
              + (keepsOffsets ? "offsets" : "ids")
              + "; keep that, or give the consumer another name");
    }
  }

  @Override
  public List<Reception> accept(Connection connection, String consumer, List<Arrival> arrivals) {
    try (PreparedStatement statement = connection.prepareStatement(accept)) {
      statement.setArray(1, texts(connection, arrivals.stream().map(Arrival::id).toArray()));
      byte[][] hashes = arrivals.stream().map(a -> a.hash().toArray()).toArray(byte[][]::new);
      statement.setArray(2, connection.createArrayOf("bytea", hashes));
      statement.setArray(3, texts(connection, arrivals.stream().map(PgConsumers::topic).toArray()));
      statement.setArray(4, texts(connection, arrivals.stream().map(PgConsumers::key).toArray()));
      statement.setString(5, consumer);
      statement.setString(6, consumer);
      List<Noted> noted =
          Database.rows(statement, row -> new Noted(row.getBoolean(1), row.getBoolean(2)));
      return receptions(connection, consumer, arrivals, noted);
    } catch (SQLException e) {
      throw database.meaning(e, consumer);
    }
  }

  private record Noted(boolean held, boolean isNew) {}

  private static @Nullable String topic(Arrival arrival) {
    MessageKey key = arrival.key();
    return key == null ? null : key.topic();
  }

  private static @Nullable String key(Arrival arrival) {
    MessageKey key = arrival.key();
    return key == null ? null : key.key();
  }

  private static java.sql.Array texts(Connection connection, @Nullable Object[] texts)
      throws SQLException {
    return connection.createArrayOf("text", texts);
  }

  private List<Reception> receptions(
      Connection connection, String consumer, List<Arrival> arrivals, List<Noted> noted)
      throws SQLException {
    Map<String, Bytes> known = new HashMap<>();
    if (noted.stream().anyMatch(one -> !one.held() && !one.isNew())) {
      known.putAll(hashes(connection, consumer, arrivals));
    }
    Set<String> seen = new HashSet<>();
    List<Reception> all = new ArrayList<>(arrivals.size());
    for (int i = 0; i < arrivals.size(); i++) {
      Arrival arrival = arrivals.get(i);
      Noted said = noted.get(i);
      // The same id may be among them twice; the second is no news.
      boolean isFirst = !said.held() && seen.add(arrival.id());
      if (said.held()) {
        all.add(Reception.BEHIND);
      } else if (said.isNew() && isFirst) {
        all.add(Reception.NEW);
        known.put(arrival.id(), arrival.hash());
      } else {
        boolean same = arrival.hash().equals(known.get(arrival.id()));
        all.add(same ? Reception.KNOWN : Reception.DIFFERENT);
      }
    }
    return all;
  }

  private Map<String, Bytes> hashes(Connection connection, String consumer, List<Arrival> arrivals)
      throws SQLException {
    String sql = "SELECT message, hash FROM $.inbox WHERE consumer = ? AND message = ANY (?)";
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      statement.setString(1, consumer);
      statement.setArray(2, texts(connection, arrivals.stream().map(Arrival::id).toArray()));
      Map<String, Bytes> found = new HashMap<>();
      Database.rows(statement, row -> found.put(row.getString(1), Bytes.taking(row.getBytes(2))));
      return found;
    }
  }

  @Override
  public Set<MessageKey> parked(Connection connection, String consumer, Set<MessageKey> keys) {
    String sql =
        "SELECT g.topic, g.key FROM unnest(?::text[], ?::text[]) AS g(topic, key) WHERE EXISTS"
            + " (SELECT FROM $.unhandled u"
            + " WHERE u.consumer = ? AND u.topic = g.topic AND u.key = g.key"
            + " AND hashtextextended(u.key, 0) = hashtextextended(g.key, 0))";
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      List<MessageKey> ordered = List.copyOf(keys);
      statement.setArray(1, texts(connection, ordered.stream().map(MessageKey::topic).toArray()));
      statement.setArray(2, texts(connection, ordered.stream().map(MessageKey::key).toArray()));
      statement.setString(3, consumer);
      return new HashSet<>(
          Database.rows(statement, row -> new MessageKey(row.getString(1), row.getString(2))));
    } catch (SQLException e) {
      throw database.meaning(e, consumer);
    }
  }

  @Override
  public boolean park(
      Connection connection,
      String consumer,
      ReceivedMessage message,
      State state,
      @Nullable String reason,
      @Nullable Duration wait) {
    String sql = "SELECT $.park(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      statement.setString(1, consumer);
      statement.setString(2, state.name());
      statement.setString(3, reason);
      setMillis(statement, 4, wait);
      statement.setString(5, message.id());
      statement.setBytes(6, message.payload().sha256().toArray());
      statement.setString(7, message.topic());
      statement.setString(8, message.key());
      statement.setString(9, message.type());
      statement.setString(10, Messages.text(message.headers()));
      statement.setBytes(11, message.payload().toArray());
      return Database.rows(statement, row -> row.getBoolean(1)).get(0);
    } catch (SQLException e) {
      throw database.meaning(e, message.id());
    }
  }

  private static void setMillis(PreparedStatement statement, int index, @Nullable Duration wait)
      throws SQLException {
    statement.setObject(index, wait == null ? null : wait.toMillis(), Types.BIGINT);
  }

  @Override
  public void parkAgain(
      Connection connection, long no, State state, String reason, @Nullable Duration wait) {
    String sql =
        "UPDATE $.unhandled SET state = ?, reason = ?, attempts = attempts + 1,"
            + " due = clock_timestamp() + ? * interval '1 millisecond'"
            + " WHERE no = ? AND state <> 'DISCARDED'";
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      statement.setString(1, state.name());
      statement.setString(2, reason);
      setMillis(statement, 3, wait);
      statement.setLong(4, no);
      statement.executeUpdate();
    } catch (SQLException e) {
      throw database.meaning(e, String.valueOf(no));
    }
  }

  @Override
  public void postpone(Connection connection, long no, Duration wait) {
    String sql =
        "UPDATE $.unhandled SET due = clock_timestamp() + ? * interval '1 millisecond'"
            + " WHERE no = ?";
    try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
      statement.setLong(1, wait.toMillis());
      statement.setLong(2, no);
      statement.executeUpdate();
    } catch (SQLException e) {
      throw database.meaning(e, String.valueOf(no));
    }
  }

  @Override
  public Optional<ParkedMessage> takeDue(Connection connection, String consumer) {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(TAKE))) {
      statement.setString(1, consumer);
      return Database.rows(
              statement,
              row ->
                  new ParkedMessage(
                      row.getLong(7),
                      message(row),
                      row.getInt(8),
                      Duration.ofMillis(row.getLong(9)),
                      row.getBoolean(10)))
          .stream()
          .findFirst();
    } catch (SQLException e) {
      throw database.meaning(e, consumer);
    }
  }

  /** A row that begins with {@link #MESSAGE}. */
  private static ReceivedMessage message(ResultSet row) throws SQLException {
    return new ReceivedMessage(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        Messages.headers(row.getString(5)),
        Bytes.taking(row.getBytes(6)));
  }

  @Override
  public void settle(Connection connection, String consumer, ParkedMessage message) {
    String sql = database.sql("SELECT $.settle(?)");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, message.no());
      statement.execute();
    } catch (SQLException e) {
      throw database.meaning(e, consumer);
    }
  }

  @Override
  public Claim claim(String consumer, String lane) {
    return database.run(
        CLAIM,
        statement -> {
          statement.setString(1, consumer);
          statement.setString(2, lane);
          try {
            return Database.rows(statement, PgConsumers::claim).get(0);
          } catch (SQLException e) {
            if (LOCK_TIMEOUT.equals(e.getSQLState())) {
              throw held(lane, e);
            }
            throw e;
          }
        });
  }

  private static Claim claim(ResultSet row) throws SQLException {
    Long next = row.getObject(2, Long.class);
    return new Claim(row.getLong(1), next == null ? OptionalLong.empty() : OptionalLong.of(next));
  }

  private static NotNowException held(String lane, SQLException e) {
    return new NotNowException(
        "whoever had lane "
            + lane
            + " before still handles a message of it, in a transaction that has not ended; until"
            + " then nothing of it is handled here. If that process is stopped or its host is gone,"
            + " end its session: pg_stat_activity shows it as idle in transaction, and"
            + " pg_terminate_backend ends it",
        e);
  }

  @Override
  public OptionalLong advance(
      Connection connection, String consumer, String lane, long epoch, long next) {
    try (PreparedStatement statement = connection.prepareStatement(advance)) {
      statement.setLong(1, next);
      statement.setString(2, consumer);
      statement.setString(3, lane);
      statement.setLong(4, epoch);
      List<Long> before = Database.rows(statement, row -> row.getLong(1));
      return before.isEmpty() ? OptionalLong.empty() : OptionalLong.of(before.get(0));
    } catch (SQLException e) {
      throw database.meaning(e, consumer);
    }
  }

  @Override
  public List<DeadLetter> deadLetters(String consumer, int most) {
    return listed(consumer, State.DEAD, most);
  }

  @Override
  public List<DeadLetter> retrying(String consumer, int most) {
    return listed(consumer, State.RETRY, most);
  }

  @Override
  public List<Stuck> stuck(String header, String value, int most) {
    return StuckRows.read(database, StuckRows.AT_CONSUMERS, header, value, most);
  }

  private List<DeadLetter> listed(String consumer, State state, int most) {
    return database.run(
        "SELECT "
            + MESSAGE
            + ", u.no, u.reason, u.attempts, u.parked_at,"
            + " (SELECT count(*) FROM $.unhandled b WHERE b.consumer = u.consumer"
            + " AND b.topic = u.topic AND b.key = u.key AND b.no > u.no"
            + " AND hashtextextended(b.key, 0) = hashtextextended(u.key, 0))"
            + " FROM $.unhandled u WHERE u.consumer = ? AND u.state = '"
            + state
            + "' ORDER BY u.no LIMIT ?",
        statement -> {
          statement.setString(1, consumer);
          statement.setInt(2, most);
          return Database.rows(
              statement,
              row ->
                  new DeadLetter(
                      row.getLong(7),
                      message(row),
                      row.getString(8),
                      row.getInt(9),
                      row.getInt(11),
                      Objects.requireNonNull(row.getTimestamp(10)).toInstant()));
        });
  }

  @Override
  public boolean replay(String consumer, long no) {
    return revive(consumer, no, State.RETRY);
  }

  @Override
  public boolean discard(String consumer, long no) {
    return revive(consumer, no, State.DISCARDED);
  }

  private boolean revive(String consumer, long no, State state) {
    return database.run(
        "UPDATE $.unhandled SET state = ?, due = clock_timestamp()"
            + " WHERE consumer = ? AND no = ? AND state IN ('DEAD', 'RETRY')",
        statement -> {
          statement.setString(1, state.name());
          statement.setString(2, consumer);
          statement.setLong(3, no);
          return statement.executeUpdate() > 0;
        });
  }

  @Override
  public List<Standing> standings() {
    return database.run(
        "SELECT c.name, c.keeps_offsets, count(u.no) FILTER (WHERE u.state = 'DEAD'),"
            + " count(u.no) FILTER (WHERE u.state <> 'DEAD')"
            + " FROM $.consumer c LEFT JOIN $.unhandled u ON u.consumer = c.name"
            + " GROUP BY 1, 2 ORDER BY 1",
        statement ->
            Database.rows(
                statement,
                row ->
                    new Standing(
                        row.getString(1), row.getBoolean(2), row.getLong(3), row.getLong(4))));
  }
}
