package dev.concordat.cli;

import dev.concordat.core.BranchId;
import dev.concordat.messaging.Finding;
import dev.concordat.store.Consumers.Standing;
import dev.concordat.store.Relays.Progress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** Looks at a PostgreSQL: its settings, what has been open for long, and how far relays are. */
final class DatabaseExamination {

  private static final int OLDEST = 150_000;
  private static final long MANY = 10_000;
  private static final long OLD_XID = 100_000_000;

  private final DataSource database;
  private final Duration old;

  /**
   * A look at that database.
   *
   * @param old how long a transaction may be open before it is said
   */
  DatabaseExamination(DataSource database, Duration old) {
    this.database = database;
    this.old = old;
  }

  /** What the server is set to, for the user that asks. */
  List<Finding> settings() {
    Map<String, String> settings = new HashMap<>();
    query("SELECT name, setting FROM pg_settings", row -> settings.put(row(row, 1), row(row, 2)));
    List<Finding> findings = new ArrayList<>();
    if (Integer.parseInt(settings.getOrDefault("server_version_num", "0")) < OLDEST) {
      findings.add(
          Finding.unsafe(
              "server_version",
              settings.getOrDefault("server_version", "unknown"),
              "Concordat does not start on it; it must be 15 or newer"));
    }
    for (String flushing : List.of("fsync", "full_page_writes")) {
      if ("off".equals(settings.get(flushing))) {
        findings.add(
            Finding.unsafe(
                flushing, "off", "a crash of the machine may destroy the database; it must be on"));
      }
    }
    findings.addAll(commits(settings));
    findings.addAll(noted(settings));
    return findings;
  }

  private static List<Finding> commits(Map<String, String> settings) {
    String commit = settings.getOrDefault("synchronous_commit", "on");
    if (commit.equals("off")) {
      return List.of(
          Finding.unsafe(
              "synchronous_commit",
              commit,
              "a crash loses what was committed last, though callers were told it was there"));
    }
    boolean weak = commit.equals("local") || commit.equals("remote_write");
    return weak && !settings.getOrDefault("synchronous_standby_names", "").isEmpty()
        ? List.of(
            Finding.noted(
                "synchronous_commit", commit, "a standby that takes over may miss what was last"))
        : List.of();
  }

  private static List<Finding> noted(Map<String, String> settings) {
    List<Finding> findings = new ArrayList<>();
    if ("0".equals(settings.get("max_prepared_transactions"))) {
      findings.add(
          Finding.noted(
              "max_prepared_transactions", "0", "no transaction here can be part of a larger one"));
    }
    String isolation = settings.getOrDefault("default_transaction_isolation", "read committed");
    if (!isolation.equals("read committed")) {
      findings.add(
          Finding.noted(
              "default_transaction_isolation",
              isolation,
              "your own transactions may be turned down and must be tried again; Concordat's are"
                  + " read committed"));
    }
    if ("off".equals(settings.get("autovacuum"))) {
      findings.add(Finding.noted("autovacuum", "off", "tables grow, and become slow"));
    }
    return findings;
  }

  /** Transactions that have been open or prepared for long. */
  List<Finding> transactions() {
    List<Finding> findings = new ArrayList<>();
    query(
        "SELECT gid, prepared::timestamptz(0) FROM pg_prepared_xacts"
            + " WHERE database = current_database() AND prepared <= now() - "
            + interval(),
        row ->
            findings.add(
                Finding.noted(
                    "prepared transaction",
                    "'" + row(row, 1) + "' since " + row(row, 2),
                    "it keeps its locks, and old rows of all tables, until somebody ends it, and"
                        + " the server does not start with a max_prepared_transactions below their"
                        + " number; if its name begins with concordat:, see concordat indoubt"
                        + " show")));
    query(
        "SELECT pid, usename, xact_start::timestamptz(0) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start <="
            + " now() - "
            + interval(),
        row ->
            findings.add(
                Finding.noted(
                    "open transaction",
                    "of process " + row(row, 1) + ", user " + row(row, 2) + " since " + row(row, 3),
                    "it keeps old rows of all tables, and what it published waits for it")));
    query(
        "SELECT 1 WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE')",
        row ->
            findings.add(
                Finding.noted(
                    "unseen",
                    "the open transactions of other users",
                    "they are not checked; grant pg_read_all_stats to see them")));
    return findings;
  }

  /** Whether a participant of three-phase commits keeps its rows here, and nobody anything else. */
  boolean isOnlyAParticipants(String schema) {
    List<String> found = new ArrayList<>();
    query(
        "SELECT 1 WHERE to_regclass('concordat.three_phase') IS NOT NULL"
            + " AND NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = '"
            + schema.replace("'", "''")
            + "' AND tablename = 'schema_version')",
        row -> found.add(row(row, 1)));
    return !found.isEmpty();
  }

  /** How many branches of two-phase commits wait here for their decision. */
  long inDoubt() {
    List<String> found = new ArrayList<>();
    query(
        "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"
            + " AND starts_with(gid, 'concordat:')",
        row -> found.add(row(row, 1)));
    return found.stream().filter(gid -> BranchId.of(gid).isPresent()).count();
  }

  /** What branches in doubt hold up, which nobody sees who looks for sessions. */
  List<Finding> heldUp() {
    List<Finding> findings = new ArrayList<>();
    query(
        "SELECT pid, wait_event FROM pg_stat_activity WHERE datname = current_database()"
            + " AND wait_event_type = 'Lock' AND 0 = ANY (pg_blocking_pids(pid))",
        row ->
            findings.add(
                Finding.noted(
                    "blocked session",
                    "process " + row(row, 1) + " waits for a " + row(row, 2),
                    "a prepared transaction holds the lock, which PostgreSQL shows as process 0;"
                        + " see concordat indoubt list")));
    query(
        "SELECT gid, age(transaction) FROM pg_prepared_xacts WHERE database = current_database()"
            + " AND age(transaction) > "
            + OLD_XID,
        row ->
            findings.add(
                Finding.unsafe(
                    "age of a prepared transaction",
                    "'" + row(row, 1) + "', " + row(row, 2) + " transactions ago",
                    "VACUUM removes nothing newer, and the server stops before its numbers run"
                        + " out; end it")));
    query(
        "SELECT current_setting('max_prepared_transactions'), count(*) FROM pg_prepared_xacts"
            + " HAVING count(*) > current_setting('max_prepared_transactions')::int * 4 / 5"
            + " AND current_setting('max_prepared_transactions')::int > 0",
        row ->
            findings.add(
                Finding.noted(
                    "max_prepared_transactions",
                    row(row, 1) + ", of which " + row(row, 2) + " are in use",
                    "a two-phase commit more is refused; raise it, or see concordat indoubt"
                        + " list")));
    query(
        "SELECT owner FROM pg_prepared_xacts WHERE database = current_database()"
            + " AND starts_with(gid, 'concordat:') AND owner <> current_user"
            + " AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
        row ->
            findings.add(
                Finding.unsafe(
                    "owner of prepared transactions",
                    row(row, 1),
                    "this user may not end them; recover as " + row(row, 1))));
    return findings;
  }

  private String interval() {
    return "interval '" + old.toSeconds() + " s'";
  }

  boolean hasSchema(String schema) {
    try (Connection connection = database.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT FROM pg_tables WHERE schemaname = ? AND tablename = 'schema_version'")) {
      statement.setString(1, schema);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    } catch (SQLException e) {
      throw gone(e);
    }
  }

  /** Lanes nobody works at, or that do not keep up, and messages that wait for people. */
  static List<Finding> relays(List<Progress> lanes) {
    List<Finding> findings = new ArrayList<>();
    for (Progress lane : lanes) {
      String where = " (relay " + lane.relay() + ", lane " + lane.lane() + ")";
      if (lane.behind() > 0 && !lane.claimed()) {
        findings.add(
            Finding.noted(
                "behind",
                lane.behind() + where,
                "no process works at this lane, and all that is published is kept until one does; a"
                    + " relay that is dropped or renamed is forgotten by concordat relays --forget "
                    + lane.relay()));
      } else if (lane.behind() > MANY) {
        findings.add(Finding.noted("behind", lane.behind() + where, "its sink does not keep up"));
      }
      if (lane.parked() > 0) {
        findings.add(
            Finding.noted(
                "parked",
                lane.parked() + where,
                "they wait to be tried again, or for a person: see concordat dead-letters "
                    + lane.relay()));
      }
    }
    return findings;
  }

  /** Consumers with messages that wait for people. */
  static List<Finding> consumers(List<Standing> standings) {
    return standings.stream()
        .filter(standing -> standing.dead() > 0)
        .map(standing ->
            Finding.noted(
                "dead letters",
                standing.dead() + " (consumer " + standing.consumer() + ")",
                "they are not handled until a person replays or discards them"))
        .toList();
  }

  @FunctionalInterface
  private interface EachRow {
    void take(ResultSet row) throws SQLException;
  }

  private static String row(ResultSet row, int column) throws SQLException {
    return String.valueOf(row.getString(column));
  }

  private void query(String sql, EachRow each) {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        each.take(rows);
      }
    } catch (SQLException e) {
      throw gone(e);
    }
  }

  private static Problem gone(SQLException e) {
    return new Problem(
        Exit.UNREACHABLE, "The database could not be asked for all: " + e.getMessage(), e);
  }
}
