package dev.concordat.postgres;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.store.Change;
import dev.concordat.store.LentConnection;
import dev.concordat.store.NewInstance;
import dev.concordat.store.RolledBack;
import dev.concordat.store.Transactions;
import dev.concordat.store.Write;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Local transactions: the entry and the COMMIT travel together, so a step costs no round trip more.
 */
final class PgTransactions implements Transactions {

  private static final Logger LOG = LoggerFactory.getLogger(PgTransactions.class);

  // The time-out is for another transaction that makes the same instance and may stay open for
  // long.
  // Said here, it costs no statement of its own.
  private static final String INSERT =
      """
      INSERT INTO $.instance
        (no, id, uid, definition, version, input_hash, attributes, parent, status, owner, due,
         token)
      VALUES (CASE WHEN set_config('lock_timeout', '1s', true) IS NOT NULL THEN ?::bigint END,
              ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?,
              CASE WHEN ? THEN clock_timestamp() ELSE ?::timestamptz END, ?)\
      """;

  private static final String CHANGE =
      """
      UPDATE $.instance i
         SET status = ?, paused = ?, updated_at = clock_timestamp(),
             owner = CASE WHEN ? THEN NULL ELSE i.owner END,
             due = CASE WHEN NOT ? THEN i.due
                        WHEN i.mail > ? THEN clock_timestamp()
                        ELSE ?::timestamptz END
       WHERE i.no = ? AND i.token = ?\
      """;

  private static final String FIRST =
      "INSERT INTO $.journal (instance, position, token, events) VALUES (?, ?, ?, ?)";

  // A stale token or a position beyond the end finds no row, the column must not be null, and the
  // error keeps COMMIT from running. One look-up inside the other is cheaper than a join of two.
  private static final String APPEND =
      """
      INSERT INTO $.journal (instance, position, token, events)
      VALUES (?, ?, (SELECT i.token FROM $.instance i
                      WHERE i.no = ? AND i.token = ?
                        AND (SELECT true FROM $.journal j
                              WHERE j.instance = ? AND j.position = ?)), ?)\
      """;

  private static final String ANSWER =
      """
      UPDATE $.letter SET taken = true, accepted = ?, answer = ? WHERE instance = ? AND no = ?\
      """;

  private final Database database;
  private final KeptConnection kept;
  private final String born;
  private final String changed;
  private final String appended;

  PgTransactions(Database database, KeptConnection kept) {
    this.database = database;
    this.kept = kept;
    this.born = database.sql(INSERT + ";\n" + FIRST + ";\nCOMMIT");
    this.changed = database.sql(CHANGE + ";\n" + APPEND + ";\nCOMMIT");
    this.appended = database.sql(APPEND + ";\nCOMMIT");
  }

  @Override
  public Local begin() {
    Connection connection = connectAfterTheJournal();
    try {
      connection.setAutoCommit(false);
      return new PgLocal(connection);
    } catch (SQLException e) {
      Database.close(connection);
      throw database.meaning(e, "");
    }
  }

  /**
   * A connection, once the journal has its own: after a break, many that wait for the journal would
   * else hold what it waits for, one after the other.
   */
  private Connection connectAfterTheJournal() {
    while (true) {
      Connection connection = database.connect();
      if (!kept.isLost()) {
        return connection;
      }
      Database.close(connection);
      kept.replace();
    }
  }

  @Override
  public <T> T run(String key, Work<T> work) throws Exception {
    try (PgLocal local = (PgLocal) begin()) {
      T result = work.with(local.connection());
      local.commit(key);
      return result;
    }
  }

  private final class PgLocal implements Local {

    private final Connection real;
    private final Connection lent;
    private boolean committed;
    private final AtomicBoolean closed = new AtomicBoolean();

    PgLocal(Connection real) {
      this.real = real;
      this.lent = LentConnection.of(real, closed::get);
    }

    @Override
    public Connection connection() {
      return lent;
    }

    @Override
    public Write.Result commit(Write write) {
      if (write.events().isEmpty()) {
        throw new InvariantViolation("a local transaction commits with an entry, not without");
      }
      String sql = write.insert() != null ? born : write.change() != null ? changed : appended;
      try {
        answer(write);
        send(sql, write);
        committed = true;
        return Write.Result.ACCEPTED;
      } catch (SQLException e) {
        Write.Result refusal = refusal(write, e);
        // Whoever is refused reads the journal next. Were this connection kept meanwhile, a pool's
        // worth of refused steps would wait for one more, for ever.
        close();
        return refusal;
      }
    }

    private void commit(String key) {
      try {
        real.commit();
        committed = true;
      } catch (SQLException e) {
        if (Database.isLost(e)) {
          throw new OutcomeUnknownException(
              key,
              "the connection broke at COMMIT, which may have been applied: " + Database.message(e),
              e);
        }
        throw new RolledBack(e);
      }
    }

    /** Rolled back with the rest if the entry is refused. */
    private void answer(Write write) throws SQLException {
      for (Write.Answer answer : write.answers()) {
        try (PreparedStatement statement = real.prepareStatement(database.sql(ANSWER))) {
          statement.setBoolean(1, answer.accepted());
          statement.setString(2, answer.text());
          statement.setLong(3, write.no());
          statement.setInt(4, answer.letter());
          statement.executeUpdate();
        }
      }
    }

    private void send(String sql, Write write) throws SQLException {
      try (PreparedStatement statement = real.prepareStatement(sql)) {
        int next = set(statement, write);
        statement.setLong(next++, write.no());
        statement.setInt(next++, write.position());
        if (write.insert() == null) {
          statement.setLong(next++, write.no());
          statement.setLong(next++, write.token());
          statement.setLong(next++, write.no());
          statement.setInt(next++, write.position() - 1);
        } else {
          statement.setLong(next++, write.token());
        }
        statement.setString(next, write.events());
        statement.execute();
      }
    }

    private static int set(PreparedStatement statement, Write write) throws SQLException {
      NewInstance birth = write.insert();
      Change change = write.change();
      if (birth != null) {
        return setBirth(statement, write, birth);
      }
      return change == null ? 1 : setChange(statement, write, change);
    }

    private static int setBirth(PreparedStatement s, Write write, NewInstance born)
        throws SQLException {
      s.setLong(1, born.no());
      s.setString(2, born.id());
      s.setObject(3, born.uid());
      s.setString(4, born.definition());
      s.setInt(5, born.version());
      s.setString(6, born.inputHash());
      s.setString(7, Attributes.json(born.attributes()));
      s.setObject(8, born.parent().isPresent() ? born.parent().getAsLong() : null, Types.BIGINT);
      s.setString(9, Births.status(write).name());
      s.setObject(10, Births.owner(write), Types.BIGINT);
      s.setBoolean(11, Births.dueNow(write));
      s.setTimestamp(12, PgJournal.timestamp(Births.due(write)));
      s.setLong(13, write.token());
      return 14;
    }

    private static int setChange(PreparedStatement s, Write write, Change change)
        throws SQLException {
      Change.@Nullable Release release = change.release();
      s.setString(1, change.status().name());
      s.setBoolean(2, change.paused());
      s.setBoolean(3, release != null);
      s.setBoolean(4, release != null);
      s.setInt(5, release == null ? 0 : release.lettersTaken());
      s.setTimestamp(6, release == null ? null : PgJournal.timestamp(release.due()));
      s.setLong(7, write.no());
      s.setLong(8, write.token());
      return 9;
    }

    private Write.Result refusal(Write write, SQLException e) {
      if (Database.isLost(e)) {
        throw new OutcomeUnknownException(
            String.valueOf(write.no()),
            "the connection broke at COMMIT, which may have been applied: " + Database.message(e),
            e);
      }
      if (database.names(e, "instance_id_key") || database.names(e, "instance_pkey")) {
        return Write.Result.EXISTS;
      }
      if (write.insert() != null && "55P03".equals(e.getSQLState())) {
        return Write.Result.BUSY;
      }
      if (database.names(e, "journal_pkey") || database.names(e, "token")) {
        return Write.Result.STALE;
      }
      throw new RolledBack("25P02".equals(e.getSQLState()) ? swallowed(e) : e);
    }

    private static SQLException swallowed(SQLException e) {
      return new SQLException(
          "a statement of the step failed before and its error was swallowed, so PostgreSQL rolls"
              + " the whole transaction back; let the error through, or use a savepoint",
          e.getSQLState(),
          e);
    }

    @Override
    public void abort() {
      if (closed.get()) {
        return;
      }
      try {
        real.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.debug("aborting a connection failed", e);
      }
      // Given back at once: the code that is stuck in it may never return.
      if (closed.compareAndSet(false, true)) {
        Database.close(real);
      }
    }

    @Override
    public void close() {
      if (!closed.compareAndSet(false, true)) {
        return;
      }
      try {
        if (!committed) {
          real.rollback();
        }
      } catch (SQLException e) {
        LOG.debug("rolling back a broken connection failed, which is as good", e);
      } finally {
        Database.close(real);
      }
    }
  }
}
