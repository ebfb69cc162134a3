package dev.concordat.postgres;

import dev.concordat.core.BranchId;
import dev.concordat.core.RefusedException;
import dev.concordat.store.AtomicDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL that takes part in two-phase commits, and keeps the decisions of those it is asked
 * to decide. Keeps one connection, so that branches are ended also while all others are in use.
 */
public final class PostgresBranches implements AtomicDatabase {

  /** Longer than anything asked on kept connections takes. */
  static final Duration SILENCE = Duration.ofSeconds(10);

  private final Database database;
  private final KeptConnection kept;
  private final PgDecisions decisions;
  private final PgWaits waits;
  private volatile String mark = "";
  private volatile String server = "";

  /**
   * The branches in that database, whose tables are in that schema.
   *
   * @throws RefusedException if the schema's name is not one
   */
  public PostgresBranches(DataSource source, String schema) {
    this.database = new Database(source, schema);
    this.kept = new KeptConnection(database, SILENCE);
    this.decisions = new PgDecisions(kept);
    this.waits = new PgWaits(kept);
  }

  /** Brings the schema up to date, or refuses a database that will not do. */
  public void migrate() {
    new Schema(database).migrate();
  }

  /** Refuses a database that will not do, or whose schema is not up to date. Changes nothing. */
  public void check() {
    new Schema(database).check();
  }

  /**
   * Takes the connection that is kept, and makes sure that the pool has more: one to tell branches
   * the decision, and one for a branch.
   */
  public void takeConnection() {
    kept.take(2);
    readMark();
  }

  /** Reads what marks this database, and its server. */
  public void readMark() {
    mark =
        kept.run(
            "SELECT mark FROM $.place",
            statement -> Database.rows(statement, row -> row.getString(1)).get(0));
    server = readServer();
  }

  /** Only to know which databases share one: where it may not be read, each counts for itself. */
  private String readServer() {
    try {
      return kept.run(
          "SELECT system_identifier FROM pg_control_system()",
          statement -> Database.rows(statement, row -> row.getString(1)).get(0));
    } catch (RefusedException e) {
      Database.LOG.debug("which server this is may not be read", e);
      return "";
    }
  }

  @Override
  public String mark() {
    return mark;
  }

  @Override
  public Open begin(BranchId id, Limits limits, String tag) {
    return beginDeciding(limits, tag);
  }

  @Override
  public Deciding beginDeciding(Limits limits, String tag) {
    Connection connection = database.connect();
    try {
      connection.setAutoCommit(false);
      return new PgBranch(database, decisions, connection, limits, tag);
    } catch (SQLException e) {
      Database.close(connection);
      throw database.meaning(e, "");
    }
  }

  @Override
  public Teller teller() {
    return new PgTeller(database);
  }

  @Override
  public List<Prepared> prepared() {
    return kept
        .run(
            "SELECT gid, prepared, extract(epoch FROM clock_timestamp() - prepared) * 1000"
                + " FROM pg_prepared_xacts"
                + " WHERE database = current_database() AND starts_with(gid, '"
                + BranchId.PREFIX
                + "') ORDER BY prepared",
            statement -> Database.rows(statement, PostgresBranches::read))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<Prepared> read(ResultSet row) throws SQLException {
    Instant since = row.getTimestamp(2).toInstant();
    Duration age = Duration.ofMillis(row.getLong(3));
    return BranchId.of(row.getString(1)).map(id -> new Prepared(id, since, age));
  }

  /** Who works first, for it is prepared afterwards. */
  @Override
  public List<String> attempts(String id) {
    List<String> all =
        new ArrayList<>(
            kept.run(
                "SELECT split_part(application_name, ':', 2) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND starts_with(application_name, '"
                    + BranchId.PREFIX
                    + "') AND right(application_name, 9) = ?",
                statement -> {
                  statement.setString(1, BranchId.tagEnd(id, mark));
                  return Database.rows(statement, row -> row.getString(1));
                }));
    all.addAll(AtomicDatabase.super.attempts(id));
    return all;
  }

  @Override
  public List<Waiting> waiting() {
    return waits.all();
  }

  @Override
  public void breakOff(Waiting waiting) {
    waits.breakOff(waiting);
  }

  @Override
  public int capacity() {
    int limit =
        kept.run(
            "SELECT current_setting('max_prepared_transactions')::int",
            statement -> Database.rows(statement, row -> row.getInt(1)).get(0));
    if (limit == 0) {
      throw new RefusedException(
          "max_prepared_transactions is 0 in this database server, so it cannot take part in a"
              + " two-phase commit, and nothing was begun: set it to at least its max_connections,"
              + " and restart the server");
    }
    return limit;
  }

  @Override
  public String server() {
    return server;
  }

  @Override
  public List<String> names() {
    return kept.run(
        "SELECT gid FROM pg_prepared_xacts",
        statement -> Database.rows(statement, row -> row.getString(1)));
  }

  @Override
  public Decision fence(String name, BranchId attempt) {
    return decisions.fence(name, attempt);
  }

  @Override
  public Optional<Decision> find(String id) {
    return decisions.find(id);
  }

  @Override
  public boolean isTaken(String id) {
    return decisions.isTaken(id);
  }

  @Override
  public List<Decision> unsettled(
      @Nullable String name, Duration age, @Nullable Decision after, int limit) {
    return decisions.unsettled(name, age, after, limit);
  }

  @Override
  public Duration open() {
    return decisions.open();
  }

  @Override
  public boolean hasCommitted(BranchId id) {
    return decisions.hasCommitted(id);
  }

  @Override
  public void settle(Collection<String> ids) {
    decisions.settle(ids);
  }

  @Override
  public int forget(String name, Duration age, Duration open) {
    return decisions.forget(name, age, open);
  }

  @Override
  public void record(String id, String branch, String kind) {
    decisions.record(id, branch, kind);
  }

  @Override
  public List<Heuristic> heuristics() {
    return decisions.heuristics();
  }

  @Override
  public boolean acknowledge(String id, String branch, String text) {
    return decisions.acknowledge(id, branch, text);
  }

  @Override
  public void close() {
    kept.close();
  }
}
