package dev.concordat.postgres;

import dev.concordat.core.BranchId;
import dev.concordat.store.Branches;
import dev.concordat.store.Branches.Vote;
import dev.concordat.store.Decisions;
import dev.concordat.store.Decisions.Decided;
import dev.concordat.store.LentConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A branch on a plain connection. PREPARE TRANSACTION is said in SQL, for the driver's XA class
 * votes yes for transactions that have failed.
 */
final class PgBranch implements Decisions.Deciding {

  // As local settings, for the connection is the user's and goes back to a pool. In front of the
  // first statement they cost no round trip.
  private static final String LIMITS =
      "SELECT set_config('lock_timeout', ?, true), set_config('statement_timeout', ?, true),"
          + " set_config('idle_in_transaction_session_timeout', ?, true),"
          + " set_config('application_name', ?, true), set_config('concordat.branch', ?, true)";

  // That setting ends with the transaction. If it is not there any more at the branch's end, its
  // work has ended the transaction in a way that could not be refused: asking for it then fails.
  private static final String SAME =
      "(coalesce(current_setting('concordat.branch', true), '') = ?"
          + " OR current_setting('concordat.ended') = '')";

  private static final String ENDED =
      "its work ended the transaction itself, with a COMMIT or ROLLBACK among other SQL (or reset"
          + " all settings): what it had written before a COMMIT stays there, and must be looked"
          + " after by hand; what came after is rolled back. Take that out of the work";

  // A decision is on the disk before it is told, whatever the session is set to. And if another
  // attempt has committed, or this one was fenced off, the division keeps the COMMIT
  // behind it from being reached.
  private static final String DECIDE =
      """
      SELECT $.take_id(?, ? * interval '1 ms');
      INSERT INTO $.decision AS d (id, name, attempt, branches, receipt, settled)
      VALUES (CASE WHEN %s AND current_setting('synchronous_commit') = 'off'
                    AND set_config('synchronous_commit', 'on', true) IS NULL THEN '' ELSE ? END,
              ?, ?, string_to_array(?, ','), ?, ?)
      ON CONFLICT (id) DO UPDATE
        SET name = excluded.name, branches = excluded.branches, receipt = excluded.receipt,
            at = excluded.at, settled = excluded.settled,
            attempt = CASE 1 / (d.attempt IS NULL AND NOT d.fenced &&
                                ARRAY[excluded.attempt, '0000000000000000'])::int
                      WHEN 1 THEN excluded.attempt END;
      COMMIT\
      """
          .formatted(SAME);

  private static final String READ =
      """
      SELECT EXISTS (SELECT FROM $.decision WHERE id = ? AND attempt IS NOT NULL)
          OR EXISTS (SELECT FROM $.taken WHERE id = ?),
             current_setting('transaction_isolation'), current_setting('concordat.branch', true)\
      """;

  private static final Duration SLACK = Duration.ofSeconds(10);

  private static final String NOT_THIS_ONE = "22012";

  private final Database database;
  private final PgDecisions decisions;
  private final Connection real;
  private final Connection lent;
  private final Branches.Limits limits;
  private final String tag;
  private final int silence;
  private boolean limited;
  private boolean written;
  private boolean ended;

  PgBranch(
      Database database,
      PgDecisions decisions,
      Connection real,
      Branches.Limits limits,
      String tag) {
    this.database = database;
    this.decisions = decisions;
    this.real = real;
    this.lent = LentConnection.of(real, () -> ended);
    this.limits = limits;
    this.tag = tag;
    // A network may swallow an answer and say nothing: then nobody waits for ever.
    this.silence = Silence.limit(real, limits.statement().plus(SLACK));
  }

  @Override
  public Connection connection() throws SQLException {
    if (!limited) {
      try (PreparedStatement statement = real.prepareStatement(LIMITS)) {
        setLimits(statement);
        statement.execute();
      }
      limited = true;
    }
    return lent;
  }

  @Override
  public int update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = executed(sql, values)) {
      int rows = Math.max(0, statement.getUpdateCount());
      written |= rows > 0;
      return rows;
    }
  }

  @Override
  public <T> List<T> query(String sql, Branches.RowReader<T> reader, Object... values)
      throws SQLException {
    try (PreparedStatement statement = executed(sql, values);
        ResultSet row = statement.getResultSet()) {
      if (row == null) {
        throw new SQLException("this is no query: use update(...) for what returns no rows");
      }
      return Database.rows(row, reader::read);
    }
  }

  /** Runs it, the first time with the limits before it, and stops at its result. */
  @SuppressWarnings("MustBeClosedChecker")
  private PreparedStatement executed(String sql, Object... values) throws SQLException {
    if (LentConnection.ends(sql)) {
      throw new SQLException("a branch is ended by Concordat, not by its work: " + sql.strip());
    }
    boolean first = !limited;
    PreparedStatement statement = real.prepareStatement(first ? LIMITS + "; " + sql : sql);
    try {
      int before = first ? setLimits(statement) : 0;
      for (int i = 0; i < values.length; i++) {
        statement.setObject(before + i + 1, values[i]);
      }
      statement.execute();
      if (first) {
        limited = true;
        statement.getMoreResults();
      }
      return statement;
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  private int setLimits(PreparedStatement statement) throws SQLException {
    statement.setString(1, limits.lock().toMillis() + "ms");
    statement.setString(2, limits.statement().toMillis() + "ms");
    statement.setString(3, limits.idle().toMillis() + "ms");
    statement.setString(4, tag);
    statement.setString(5, tag);
    return 5;
  }

  @Override
  public boolean wrote() throws SQLException {
    if (!written) {
      try (PreparedStatement statement =
              real.prepareStatement("SELECT pg_current_xact_id_if_assigned() IS NOT NULL");
          ResultSet row = statement.executeQuery()) {
        written = row.next() && row.getBoolean(1);
      }
    }
    return written;
  }

  @Override
  public Vote endReadOnly(String id) {
    try {
      Looked now = look(id);
      if (limited && !tag.equals(now.branch())) {
        return new Vote.No(ENDED);
      }
      // What it read stands without a commit, except where that is what looks whether it does. And
      // what PostgreSQL does not count as writing, a NOTIFY, must not become known by itself.
      if (now.isolation().equals("serializable")) {
        real.commit();
      } else {
        real.rollback();
      }
      boolean committed = now.committed() || (now.isOld() && lookAgain(id));
      ended = true;
      return committed ? new Vote.No(Why.BEFORE, true) : new Vote.ReadOnly();
    } catch (SQLException e) {
      return new Vote.No(Why.refused(e));
    }
  }

  /**
   * What a transaction sees.
   *
   * @param committed whether an attempt of an id has committed here
   * @param isolation the transaction's
   * @param branch what it says whose it is
   */
  private record Looked(boolean committed, String isolation, @Nullable String branch) {

    /** Whether it sees the database as it was when it began. */
    boolean isOld() {
      return isolation.equals("repeatable read") || isolation.equals("serializable");
    }
  }

  private Looked look(String id) throws SQLException {
    try (PreparedStatement statement = real.prepareStatement(database.sql(READ))) {
      statement.setString(1, id);
      statement.setString(2, id);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new Looked(row.getBoolean(1), row.getString(2), row.getString(3));
      }
    }
  }

  private boolean lookAgain(String id) throws SQLException {
    boolean committed = look(id).committed();
    real.rollback();
    return committed;
  }

  @Override
  public Vote prepare(BranchId id, Duration remembered) {
    // PREPARE takes no parameters; the name is of harmless characters only, see BranchId. The row
    // first: in a transaction that has failed PREPARE would answer nothing but ROLLBACK, no error.
    String sql =
        database.sql("SELECT $.mark_branch(?, CASE WHEN ")
            + SAME
            + " THEN ? END, ? * interval '1 ms'); PREPARE TRANSACTION '"
            + id.text()
            + "'";
    try (PreparedStatement statement = real.prepareStatement(sql)) {
      statement.setLong(1, id.number());
      statement.setString(2, expected());
      statement.setString(3, id.id());
      statement.setLong(4, remembered.toMillis());
      statement.execute();
      ended = true;
      return new Vote.Yes();
    } catch (SQLException e) {
      if (Database.isLost(e)) {
        ended = true;
        return new Vote.Unknown(Database.message(e));
      }
      String taken = Why.taken(e);
      return taken == null ? new Vote.No(why(e)) : new Vote.No(taken, true);
    }
  }

  /** One that was begun only to decide has no settings yet. */
  private String expected() {
    return limited ? tag : "";
  }

  private static String why(SQLException e) {
    return Database.message(e).contains("concordat.ended") ? ENDED : Why.refused(e);
  }

  @Override
  public Decided decide(
      String name,
      BranchId deciding,
      List<BranchId.Place> branches,
      @Nullable String receipt,
      Duration remembered) {
    String sql = database.sql(limited ? DECIDE : LIMITS + "; " + DECIDE);
    try (PreparedStatement statement = real.prepareStatement(sql)) {
      int before = limited ? 0 : setLimits(statement);
      statement.setString(before + 1, deciding.id());
      statement.setLong(before + 2, remembered.toMillis());
      statement.setString(before + 3, tag);
      statement.setString(before + 4, deciding.id());
      statement.setString(before + 5, name);
      statement.setString(before + 6, deciding.attempt());
      statement.setString(
          before + 7,
          branches.stream().map(BranchId.Place::toString).collect(Collectors.joining(",")));
      statement.setString(before + 8, receipt);
      statement.setBoolean(before + 9, branches.isEmpty());
      statement.execute();
      ended = true;
      return new Decided.Committed();
    } catch (SQLException e) {
      if (Database.isLost(e)) {
        ended = true;
        return new Decided.Unknown(Database.message(e));
      }
      return refusal(deciding, e);
    }
  }

  private Decided refusal(BranchId deciding, SQLException e) {
    close();
    String taken = Why.taken(e);
    if (taken != null) {
      return before(deciding.id()).orElseGet(() -> new Decided.Refused(taken, true));
    }
    if (Why.mayBeWaiting(e)) {
      return new Decided.Unknown("another attempt of the same id was being decided meanwhile");
    }
    if (!NOT_THIS_ONE.equals(e.getSQLState())) {
      return new Decided.Refused(why(e));
    }
    return before(deciding.id())
        .orElseGet(() ->
            new Decided.Refused(
                "it took so long that it was given up and aborted meanwhile; nothing of it was"
                    + " committed, and it can be done again"));
  }

  private Optional<Decided> before(String id) {
    return decisions.find(id).filter(Decisions.Decision::isCommit).map(Decided.Before::new);
  }

  @Override
  public void close() {
    if (isClosed()) {
      return;
    }
    try {
      if (!ended) {
        real.rollback();
      }
    } catch (SQLException e) {
      Database.LOG.debug("rolling back a broken connection failed, which is as good", e);
    } finally {
      ended = true;
      Silence.restore(real, silence);
      Database.close(real);
    }
  }

  private boolean isClosed() {
    try {
      return real.isClosed();
    } catch (SQLException e) {
      return true;
    }
  }
}
