package dev.concordat.postgres;

import dev.concordat.core.Bytes;
import dev.concordat.store.FenceClaim;
import dev.concordat.store.FenceKey;
import dev.concordat.store.FenceMove;
import dev.concordat.store.FenceNote;
import dev.concordat.store.Fences;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One row of a fence in one transaction, whosever that is. */
final class PgFenceTx implements Fences.Tx {

  private static final String MISSING = "42P01";

  // How long to wait for another transaction's row is said here, where it costs no statement of its
  // own.
  private static final String PATIENCE =
      "set_config('lock_timeout', coalesce(?, current_setting('lock_timeout')), true) IS NOT NULL";

  private static final String BUSY = "clock_timestamp() + ? * interval '1 millisecond'";

  private static final String INSERT =
      "INSERT INTO % (transaction, branch, state, hash, busy_until) VALUES (CASE WHEN "
          + PATIENCE
          + " THEN ?::uuid END, ?, ?, ?, "
          + BUSY
          + ") ON CONFLICT DO NOTHING";

  private static final String MOVE =
      "UPDATE % SET state = ?, attempt = attempt + 1, busy_until = "
          + BUSY
          + ", hold_until = CASE WHEN ? THEN hold_until END"
          + " WHERE transaction = ? AND branch = ? AND hash = ? AND state = ANY (?)"
          + " AND (busy_until IS NULL OR busy_until <= clock_timestamp())"
          + " AND (NOT ? OR hold_until <= clock_timestamp()) AND "
          + PATIENCE
          + " RETURNING attempt, held";

  private static final String FIND =
      "SELECT state, hash, CASE WHEN state = 'TRIED' THEN held ELSE result END AS answered,"
          + " coalesce(reason, '') AS reason, hold_until <= clock_timestamp() AS overdue,"
          + " greatest(0, extract(epoch FROM busy_until - clock_timestamp()) * 1000)::bigint"
          + " AS busy FROM % WHERE transaction = ? AND branch = ? FOR UPDATE";

  static final String NOTE =
      "UPDATE % SET held = coalesce(?::json, held), result = coalesce(?::json, result),"
          + " reason = coalesce(?, reason), hold_until = ?, body = ?"
          + " WHERE transaction = ? AND branch = ?";

  private static final String FINISH =
      "UPDATE % SET held = coalesce(?::json, held), result = coalesce(?::json, result),"
          + " reason = coalesce(?, reason), hold_until = ?, body = coalesce(?, body),"
          + " busy_until = NULL, state = ?"
          + " WHERE transaction = ? AND branch = ? AND state = ? AND attempt = ?";

  private static final String GIVE_UP =
      "UPDATE % SET busy_until = NULL"
          + " WHERE transaction = ? AND branch = ? AND state = ? AND attempt = ?";

  /** The part was dropped meanwhile. */
  static final class PartGone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PartGone(SQLException cause) {
      super("the part of the fence is not there", cause);
    }
  }

  private final Database database;
  private final Connection real;
  private final Connection lent;
  private final String part;
  private final FenceKey key;
  private final @Nullable String patience;
  private FenceNote noted = FenceNote.NOTHING;

  /**
   * A row in a transaction.
   *
   * @param patience how long to wait for another transaction's row, as PostgreSQL has it; null for
   *     as long as the transaction's owner has set
   */
  PgFenceTx(
      Database database,
      Connection real,
      Connection lent,
      String part,
      FenceKey key,
      @Nullable Duration patience) {
    this.database = database;
    this.real = real;
    this.lent = lent;
    this.part = database.sql("$.") + '"' + part + '"';
    this.key = key;
    this.patience = patience == null ? null : Math.max(1, patience.toMillis()) + "ms";
  }

  @Override
  public Connection lent() {
    return lent;
  }

  /** Puts the part's name into SQL. */
  String sql(String text) {
    return text.replace("%", part);
  }

  FenceNote noted() {
    return noted;
  }

  @Override
  public void note(FenceNote note) {
    noted = note;
  }

  @Override
  public FenceClaim claim(FenceMove move) {
    try {
      while (true) {
        FenceClaim claim = claimOnce(move);
        if (claim != null) {
          return claim;
        }
      }
    } catch (SQLException e) {
      if (MISSING.equals(e.getSQLState())) {
        throw new PartGone(e);
      }
      throw database.meaning(e, key.transaction().toString());
    }
  }

  /** Null if another transaction changed it in between. */
  private @Nullable FenceClaim claimOnce(FenceMove move) throws SQLException {
    if (!move.from().isEmpty()) {
      FenceClaim moved = moved(move);
      if (moved != null) {
        return moved;
      }
    }
    if (move.ifNew() != null && isInserted(move, move.ifNew())) {
      return new FenceClaim.Made();
    }
    return found(move);
  }

  private boolean isInserted(FenceMove move, String state) throws SQLException {
    try (PreparedStatement statement = real.prepareStatement(sql(INSERT))) {
      statement.setString(1, patience);
      statement.setObject(2, key.transaction());
      statement.setString(3, key.branch());
      statement.setString(4, state);
      statement.setBytes(5, key.hash().toArray());
      // What is made at its end needs nobody to be at it.
      busy(statement, 6, state.equals(move.to()) ? move.busy() : Optional.empty());
      return statement.executeUpdate() == 1;
    }
  }

  private static void busy(PreparedStatement statement, int at, Optional<Duration> busy)
      throws SQLException {
    statement.setObject(at, busy.map(Duration::toMillis).orElse(null), Types.BIGINT);
  }

  private @Nullable FenceClaim moved(FenceMove move) throws SQLException {
    try (PreparedStatement statement = real.prepareStatement(sql(MOVE))) {
      statement.setString(1, move.to());
      busy(statement, 2, move.busy());
      statement.setBoolean(3, move.overdue() && move.busy().isPresent());
      statement.setObject(4, key.transaction());
      statement.setString(5, key.branch());
      statement.setBytes(6, key.hash().toArray());
      statement.setArray(7, real.createArrayOf("text", move.from().toArray()));
      statement.setBoolean(8, move.overdue());
      statement.setString(9, patience);
      return Database.rows(
              statement,
              row ->
                  new FenceClaim.Moved(
                      row.getInt("attempt"), Optional.ofNullable(row.getString("held"))))
          .stream()
          .findFirst()
          .orElse(null);
    }
  }

  private @Nullable FenceClaim found(FenceMove move) throws SQLException {
    try (PreparedStatement statement = real.prepareStatement(sql(FIND))) {
      statement.setObject(1, key.transaction());
      statement.setString(2, key.branch());
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return move.ifNew() == null ? new FenceClaim.None() : null;
        }
        FenceClaim.Found found =
            new FenceClaim.Found(
                row.getString("state"),
                Bytes.of(row.getBytes("hash")),
                Optional.ofNullable(row.getString("answered")),
                row.getString("reason"),
                Duration.ofMillis(row.getLong("busy")));
        boolean mayMove =
            move.from().contains(found.state())
                && found.hash().equals(key.hash())
                && found.busyFor().isZero()
                && (!move.overdue() || row.getBoolean("overdue"));
        return mayMove ? null : found;
      }
    }
  }

  @Override
  public boolean finish(String from, int attempt, @Nullable String to, FenceNote note) {
    try (PreparedStatement statement = real.prepareStatement(sql(to == null ? GIVE_UP : FINISH))) {
      int next = 1;
      if (to != null) {
        next = set(statement, note);
        statement.setString(next++, to);
      }
      next = setKey(statement, next);
      statement.setString(next++, from);
      statement.setInt(next, attempt);
      return statement.executeUpdate() == 1;
    } catch (SQLException e) {
      throw database.meaning(e, key.transaction().toString());
    }
  }

  /** Fills in a note and the row it is for. */
  void setNote(PreparedStatement statement) throws SQLException {
    setKey(statement, set(statement, noted));
  }

  private int setKey(PreparedStatement statement, int from) throws SQLException {
    statement.setObject(from, key.transaction());
    statement.setString(from + 1, key.branch());
    return from + 2;
  }

  private static int set(PreparedStatement statement, FenceNote note) throws SQLException {
    statement.setString(1, note.held());
    statement.setString(2, note.result());
    statement.setString(3, note.reason());
    Instant until = note.holdUntil();
    OffsetDateTime time = until == null ? null : until.atOffset(ZoneOffset.UTC);
    statement.setObject(4, time, Types.TIMESTAMP_WITH_TIMEZONE);
    statement.setString(5, note.body());
    return 6;
  }
}
