package dev.concordat.postgres;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.postgres.PgFenceTx.PartGone;
import dev.concordat.store.FenceKey;
import dev.concordat.store.FenceNote;
import dev.concordat.store.Fences;
import dev.concordat.store.LentConnection;
import dev.concordat.store.RolledBack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/** The fence of a participant in SQL. */
public final class PgFences implements Fences {

  private static final String SCRIPT = "tcc-fence.sql";
  private static final String COMMIT = ";\nCOMMIT";

  // Fails if a statement before had failed and the error was swallowed: then COMMIT does not run,
  // which would roll back and look like a commit.
  private static final String PROBE = "SELECT 1";

  private static final String EXISTS =
      "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          + " WHERE c.relname = 'tcc_fence' AND '\"' || n.nspname || '\"' = ?";

  private static final String OVERDUE =
      "SELECT transaction, branch, body, hold_until FROM $.tcc_fence"
          + " WHERE hold_until <= statement_timestamp() AND (hold_until, transaction, branch)"
          + " > (?::timestamptz, ?::uuid, ?) ORDER BY hold_until, transaction, branch LIMIT ?";

  private final Database database;
  private final FenceParts parts;

  /**
   * A fence in that schema of a participant's database.
   *
   * @param remembered how long a transaction's id is remembered, counted from when it began
   * @throws dev.concordat.core.RefusedException if the schema's name is not one
   */
  public PgFences(DataSource source, String schema, Duration remembered) {
    this.database = new Database(source, schema);
    this.parts = new FenceParts(database, remembered);
  }

  /**
   * The SQL that makes a fence in that schema, for teams who run their migrations themselves.
   *
   * @throws dev.concordat.core.RefusedException if the schema's name is not one
   */
  public static String script(String schema) {
    try (InputStream in = PgFences.class.getResourceAsStream(SCRIPT)) {
      if (in == null) {
        throw new InvariantViolation("the script " + SCRIPT + " is missing from the library");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("${schema}", Database.quoted(schema));
    } catch (IOException e) {
      throw new InvariantViolation("the script " + SCRIPT + " cannot be read", e);
    }
  }

  @Override
  public void create() {
    database.requireReadCommitted(
        "A participant's",
        "a stricter one would fail where a duplicate must see what the first one did");
    try (Connection connection = database.connect()) {
      Schema.run(
          connection,
          tx -> {
            if (!exists(tx)) {
              tx.execute(script(database.schema().replace("\"", "")));
            }
          });
    } catch (SQLException e) {
      throw database.meaning(e, "");
    }
    parts.makeAhead();
  }

  private boolean exists(Statement tx) throws SQLException {
    try (PreparedStatement statement = tx.getConnection().prepareStatement(EXISTS)) {
      statement.setString(1, database.schema());
      return !Database.rows(statement, row -> true).isEmpty();
    }
  }

  @Override
  public <T> Optional<T> run(FenceKey key, Duration patience, Work<T> work) throws Exception {
    while (true) {
      Optional<String> part = part(key);
      if (part.isEmpty()) {
        return Optional.empty();
      }
      try (Own own = new Own(part.get(), key, patience)) {
        T result = work.with(own.row);
        own.commit();
        return Optional.of(result);
      } catch (PartGone gone) {
        parts.forget(part.get());
      }
    }
  }

  /** Never asked for while a connection is held: a pool may have no second one. */
  private Optional<String> part(FenceKey key) throws SQLException {
    Optional<String> known = parts.known(key.transaction());
    if (known.isPresent()) {
      return known;
    }
    try (Connection connection = database.autoCommitting()) {
      return parts.make(connection, key.transaction());
    }
  }

  private interface Filling {
    void fill(PreparedStatement statement) throws SQLException;
  }

  /** A transaction of its own. */
  private final class Own implements AutoCloseable {

    private final Connection real;
    private final FenceKey key;
    private final AtomicBoolean over = new AtomicBoolean();
    private final PgFenceTx row;
    private boolean committed;

    Own(String part, FenceKey key, Duration patience) throws SQLException {
      this.real = database.connect();
      this.key = key;
      Connection lent = LentConnection.of(real, over::get);
      this.row = new PgFenceTx(database, real, lent, part, key, patience);
      try {
        real.setAutoCommit(false);
      } catch (SQLException e) {
        Database.close(real);
        throw database.meaning(e, "");
      }
    }

    void commit() {
      try {
        if (!row.noted().equals(FenceNote.NOTHING)) {
          commit(row.sql(PgFenceTx.NOTE), row::setNote);
        } else if (isSound()) {
          real.commit();
        } else {
          commit(PROBE, statement -> {});
        }
        committed = true;
      } catch (SQLException e) {
        if (Database.isLost(e)) {
          throw new OutcomeUnknownException(
              key.transaction().toString(),
              "the connection broke at COMMIT, which may have been applied: " + Database.message(e),
              e);
        }
        throw new RolledBack(e);
      }
    }

    /** Whether it is known that no statement failed; not so behind a pool that hides its driver. */
    private boolean isSound() throws SQLException {
      return real.isWrapperFor(BaseConnection.class)
          && real.unwrap(BaseConnection.class).getTransactionState() == TransactionState.OPEN;
    }

    /** In one round trip. */
    private void commit(String first, Filling filling) throws SQLException {
      try (PreparedStatement statement = real.prepareStatement(first + COMMIT)) {
        filling.fill(statement);
        statement.execute();
      }
    }

    @Override
    public void close() {
      over.set(true);
      try {
        if (!committed) {
          real.rollback();
        }
      } catch (SQLException e) {
        Database.LOG.debug("rolling back a broken connection failed, which is as good", e);
      } finally {
        Database.close(real);
      }
    }
  }

  @Override
  public <T> Optional<T> join(Connection tx, FenceKey key, Work<T> work) throws Exception {
    while (true) {
      Savepoint before = tx.setSavepoint();
      Optional<String> part = Optional.empty();
      try {
        // On the caller's connection: it may be the last of its pool.
        Optional<String> known = parts.known(key.transaction());
        part = known.isPresent() ? known : parts.make(tx, key.transaction());
        Optional<T> result = part.isEmpty() ? Optional.empty() : joined(tx, part.get(), key, work);
        tx.releaseSavepoint(before);
        return result;
      } catch (PartGone gone) {
        tx.rollback(before);
        part.ifPresent(parts::forget);
      } catch (Exception e) {
        tx.rollback(before);
        throw e;
      }
    }
  }

  private <T> Optional<T> joined(Connection tx, String part, FenceKey key, Work<T> work)
      throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Connection lent = LentConnection.of(tx, over::get);
    PgFenceTx row = new PgFenceTx(database, tx, lent, part, key, null);
    T result = work.with(row);
    over.set(true);
    if (!row.noted().equals(FenceNote.NOTHING)) {
      try (PreparedStatement statement = tx.prepareStatement(row.sql(PgFenceTx.NOTE))) {
        row.setNote(statement);
        statement.executeUpdate();
      }
    }
    return Optional.of(result);
  }

  @Override
  public List<Overdue> overdue(Overdue after, int most) {
    return database.run(
        OVERDUE,
        statement -> {
          statement.setString(1, after.holdUntil().toString());
          statement.setObject(2, after.transaction());
          statement.setString(3, after.branch());
          statement.setInt(4, most);
          return Database.rows(
              statement,
              row ->
                  new Overdue(
                      row.getObject("transaction", UUID.class),
                      row.getString("branch"),
                      row.getString("body"),
                      row.getObject("hold_until", OffsetDateTime.class).toInstant()));
        });
  }

  @Override
  public List<String> tidy() {
    parts.makeAhead();
    return parts.drop();
  }
}
