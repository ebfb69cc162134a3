package dev.concordat.postgres;

import dev.concordat.core.InvariantViolation;
import dev.concordat.store.ThreePhaseRow;
import dev.concordat.store.ThreePhaseRows;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The rows of three-phase commits in SQL. */
public final class PgThreePhaseRows implements ThreePhaseRows {

  private static final String SCRIPT = "three-phase.sql";

  private static final String FIND =
      "SELECT gid, participant, state, promised, attempt, coordinator, reason, plan, work"
          + " FROM $.three_phase WHERE gid = ? AND participant = ?";

  private static final String DEADLINE = "clock_timestamp() + ? * interval '1 millisecond'";

  // What a participant has answered is on the disk, whatever the session is set to.
  private static final String STATE =
      "CASE WHEN current_setting('synchronous_commit') = 'off' AND"
          + " set_config('synchronous_commit', 'on', true) IS NULL THEN '' ELSE ? END";

  private static final String INSERT =
      "INSERT INTO $.three_phase (deadline, state, promised, attempt, coordinator, reason, plan,"
          + " work, gid, participant) VALUES ("
          + DEADLINE
          + ", "
          + STATE
          + ", ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

  private static final String UPDATE =
      "UPDATE $.three_phase SET deadline = "
          + DEADLINE
          + ", state = "
          + STATE
          + ", promised = ?, attempt = ?, coordinator = ?, reason = ?, plan = ?,"
          + " work = ?, changed_at = clock_timestamp()"
          + " WHERE gid = ? AND participant = ? AND state = ? AND promised = ? AND attempt = ?";

  private static final String OVERDUE =
      "SELECT gid FROM $.three_phase WHERE participant = ? AND deadline <= clock_timestamp()"
          + " ORDER BY deadline LIMIT ?";

  private static final String SEEN =
      "SELECT gid, participant, state, promised, attempt, coordinator, reason, plan, work,"
          + " begun_at, changed_at, extract(epoch FROM clock_timestamp() - changed_at) * 1000 AS"
          + " quiet, coalesce(deadline <= clock_timestamp(), false) AS overdue FROM $.three_phase"
          + " WHERE gid = coalesce(?, gid) ORDER BY deadline IS NULL, begun_at DESC LIMIT ?";

  private static final String FORGET =
      "DELETE FROM $.three_phase WHERE participant = ? AND deadline IS NULL"
          + " AND changed_at < clock_timestamp() - ? * interval '1 millisecond'";

  private final Database database;
  private final PgTransactions transactions;

  /**
   * Rows in that schema of a participant's database.
   *
   * @throws dev.concordat.core.RefusedException if the schema's name is not one
   */
  public PgThreePhaseRows(DataSource source, String schema) {
    this.database = new Database(source, schema);
    // There is no journal beside, so no connection is ever kept for one.
    this.transactions = new PgTransactions(database, new KeptConnection(database));
  }

  @Override
  public void create() {
    try (Connection connection = database.connect()) {
      Schema.run(connection, script().replace("${schema}", database.schema()));
    } catch (SQLException e) {
      throw database.meaning(e, "");
    }
  }

  private static String script() {
    try (InputStream in = PgThreePhaseRows.class.getResourceAsStream(SCRIPT)) {
      if (in == null) {
        throw new InvariantViolation("the script " + SCRIPT + " is missing from the library");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new InvariantViolation("the script " + SCRIPT + " cannot be read", e);
    }
  }

  @Override
  public Optional<ThreePhaseRow> find(String gid, String participant) {
    return database.run(
        FIND,
        statement -> {
          statement.setString(1, gid);
          statement.setString(2, participant);
          return Database.rows(statement, PgThreePhaseRows::row).stream().findFirst();
        });
  }

  private static ThreePhaseRow row(ResultSet row) throws SQLException {
    return new ThreePhaseRow(
        row.getString("gid"),
        row.getString("participant"),
        row.getString("state"),
        row.getLong("promised"),
        row.getLong("attempt"),
        row.getString("coordinator"),
        row.getString("reason"),
        row.getString("plan"),
        row.getString("work"));
  }

  @Override
  public boolean change(
      Optional<ThreePhaseRow> from, ThreePhaseRow to, Optional<Duration> silence, Effect effect)
      throws Exception {
    return transactions.run(
        to.gid(),
        tx -> {
          boolean changed = write(tx, from, to, silence);
          if (changed) {
            effect.in(tx);
          }
          return changed;
        });
  }

  /** Waits for another transaction that is changing the row, and then sees what it has become. */
  private boolean write(
      Connection tx, Optional<ThreePhaseRow> from, ThreePhaseRow to, Optional<Duration> silence) {
    String sql = database.sql(from.isPresent() ? UPDATE : INSERT);
    try (PreparedStatement statement = tx.prepareStatement(sql)) {
      statement.setObject(1, silence.map(Duration::toMillis).orElse(null), Types.BIGINT);
      statement.setString(2, to.state());
      statement.setLong(3, to.promised());
      statement.setLong(4, to.attempt());
      statement.setString(5, to.coordinator());
      statement.setString(6, to.reason());
      statement.setString(7, to.plan());
      statement.setString(8, to.work());
      statement.setString(9, to.gid());
      statement.setString(10, to.participant());
      if (from.isPresent()) {
        statement.setString(11, from.get().state());
        statement.setLong(12, from.get().promised());
        statement.setLong(13, from.get().attempt());
      }
      return statement.executeUpdate() == 1;
    } catch (SQLException e) {
      throw database.meaning(e, to.gid());
    }
  }

  @Override
  public List<String> overdue(String participant, int most) {
    return database.run(
        OVERDUE,
        statement -> {
          statement.setString(1, participant);
          statement.setInt(2, most);
          return Database.rows(statement, row -> row.getString(1));
        });
  }

  @Override
  public List<Seen> seen(Optional<String> gid, int most) {
    boolean isThere =
        database.run(
            "SELECT to_regclass(?) IS NOT NULL",
            statement -> {
              statement.setString(1, database.sql("$.three_phase"));
              return Database.rows(statement, row -> row.getBoolean(1)).getFirst();
            });
    return !isThere
        ? List.of()
        : database.run(
            SEEN,
            statement -> {
              statement.setString(1, gid.orElse(null));
              statement.setInt(2, most);
              return Database.rows(statement, PgThreePhaseRows::seen);
            });
  }

  private static Seen seen(ResultSet row) throws SQLException {
    return new Seen(
        row(row),
        row.getTimestamp("begun_at").toInstant(),
        row.getTimestamp("changed_at").toInstant(),
        Duration.ofMillis(row.getLong("quiet")),
        row.getBoolean("overdue"));
  }

  @Override
  public int forget(String participant, Duration age) {
    return database.run(
        FORGET,
        statement -> {
          statement.setString(1, participant);
          statement.setLong(2, age.toMillis());
          return statement.executeUpdate();
        });
  }
}
