package dev.concordat.postgres;

import dev.concordat.core.BranchId;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.InvariantViolation;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions.Decision;
import dev.concordat.store.Decisions.Heuristic;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decisions in rows. On the kept connection, so they are reached when the pool is empty. */
final class PgDecisions {

  private static final String COLUMNS = "id, name, attempt, branches, receipt, at";

  // An attempt that is being committed holds the row, and is waited for, but not for long.
  private static final String FENCE =
      """
      INSERT INTO $.decision AS d (id, name, fenced, settled)
      VALUES (CASE WHEN set_config('lock_timeout', '2s', true) IS NOT NULL
                    AND (current_setting('synchronous_commit') <> 'off'
                         OR set_config('synchronous_commit', 'on', true) = 'on') THEN ? END, ?,
              ARRAY[?], true)
      ON CONFLICT (id) DO UPDATE
        SET fenced = CASE WHEN d.attempt IS NULL AND NOT excluded.fenced[1] = ANY (d.fenced)
                          THEN d.fenced || excluded.fenced ELSE d.fenced END,
            at = CASE WHEN d.attempt IS NULL THEN clock_timestamp() ELSE d.at END\
      """;

  private static final int PORTION = 1000;

  // Within that all follow a decision, or it counts as one that was learned late.
  private static final Duration AT_ONCE = Duration.ofMinutes(1);

  private final KeptConnection kept;

  PgDecisions(KeptConnection kept) {
    this.kept = kept;
  }

  Decision fence(String name, BranchId attempt) {
    return kept.run(
        FENCE + " RETURNING " + COLUMNS,
        statement -> {
          statement.setString(1, attempt.id());
          statement.setString(2, name);
          statement.setString(3, attempt.attempt());
          return Database.rows(statement, PgDecisions::decision).stream()
              .findFirst()
              .orElseThrow(() -> new InvariantViolation("a decision was written and is not there"));
        });
  }

  Optional<Decision> find(String id) {
    return kept.run(
        "SELECT " + COLUMNS + " FROM $.decision WHERE id = ?",
        statement -> {
          statement.setString(1, id);
          return Database.rows(statement, PgDecisions::decision).stream().findFirst();
        });
  }

  boolean isTaken(String id) {
    return kept.run(
        "SELECT FROM $.taken WHERE id = ?",
        statement -> {
          statement.setString(1, id);
          return !Database.rows(statement, row -> true).isEmpty();
        });
  }

  List<Decision> unsettled(
      @Nullable String name, Duration age, @Nullable Decision after, int limit) {
    Instant from = after == null ? Instant.EPOCH : after.at();
    return kept.run(
        "SELECT "
            + COLUMNS
            + " FROM $.decision WHERE NOT settled AND at < clock_timestamp() - ? * interval '1 ms'"
            + " AND name = coalesce(?, name) AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?",
        statement -> {
          statement.setLong(1, age.toMillis());
          statement.setString(2, name);
          statement.setObject(3, from.atOffset(ZoneOffset.UTC));
          statement.setString(4, after == null ? "" : after.id());
          statement.setInt(5, limit);
          return Database.rows(statement, PgDecisions::decision);
        });
  }

  Duration open() {
    return kept.run(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)) * 1000, 0)::bigint"
            + " FROM $.decision WHERE NOT settled",
        statement -> Duration.ofMillis(Database.rows(statement, row -> row.getLong(1)).getFirst()));
  }

  boolean hasCommitted(BranchId id) {
    return kept.run(
        "SELECT FROM $.branch WHERE attempt = ?",
        statement -> {
          statement.setLong(1, id.number());
          return !Database.rows(statement, row -> true).isEmpty();
        });
  }

  /**
   * One by one in one message: for a list, a plan made while the table is small reads it whole.
   * What could not be followed for long could not be learned either, and is remembered from now on.
   */
  void settle(Collection<String> ids) {
    kept.run(
        "UPDATE $.decision SET settled = true,"
            + " at = CASE WHEN at < clock_timestamp() - ? * interval '1 ms'"
            + " THEN clock_timestamp() ELSE at END WHERE id = ? AND NOT settled",
        statement -> {
          for (String id : ids) {
            statement.setLong(1, AT_ONCE.toMillis());
            statement.setString(2, id);
            statement.addBatch();
          }
          return statement.executeBatch();
        });
  }

  /**
   * Rows of branches do not say whose they are, and none may go before its decision. What cannot be
   * cleaned keeps nothing else from being cleaned.
   */
  int forget(String name, Duration age, Duration open) {
    List<Cleaning> all =
        List.of(
            () -> delete(old("branch", "at", ""), Branches.kept(age, open)),
            () -> delete(old("taken", "until", ""), Branches.late(open)),
            () -> delete(old("decision", "at", " AND settled AND name = ?"), age, name));
    int rows = 0;
    ConcordatException failed = null;
    for (Cleaning one : all) {
      try {
        rows += one.rows();
      } catch (ConcordatException e) {
        failed = failed == null ? e : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
    return rows;
  }

  /** One table's. */
  private interface Cleaning {
    int rows();
  }

  /** The bound is one for the whole statement, or no index would serve. What is locked is left. */
  private static String old(String table, String column, String which) {
    return ("DELETE FROM $.%1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM $.%1$s WHERE %2$s <"
            + " statement_timestamp() - ? * interval '1 ms'%3$s ORDER BY %2$s LIMIT %4$d"
            + " FOR UPDATE SKIP LOCKED))")
        .replace("%1$s", table)
        .replace("%2$s", column)
        .replace("%3$s", which)
        .replace("%4$d", String.valueOf(PORTION));
  }

  private int delete(String sql, Duration age, String... more) {
    int all = 0;
    int some;
    do {
      some =
          kept.run(
              sql,
              statement -> {
                statement.setLong(1, age.toMillis());
                for (int i = 0; i < more.length; i++) {
                  statement.setString(i + 2, more[i]);
                }
                return statement.executeUpdate();
              });
      all += some;
    } while (some == PORTION);
    return all;
  }

  void record(String id, String branch, String kind) {
    kept.run(
        "INSERT INTO $.heuristic (id, branch, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        statement -> {
          statement.setString(1, id);
          statement.setString(2, branch);
          statement.setString(3, kind);
          return statement.executeUpdate();
        });
  }

  List<Heuristic> heuristics() {
    return kept.run(
        "SELECT id, branch, kind, at, acknowledged FROM $.heuristic ORDER BY at",
        statement ->
            Database.rows(
                statement,
                row ->
                    new Heuristic(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        instant(row, 4),
                        row.getString(5))));
  }

  boolean acknowledge(String id, String branch, String text) {
    return kept.run(
            "UPDATE $.heuristic SET acknowledged = ? WHERE id = ?"
                + " AND ? IN (branch, split_part(branch, '@', 1))",
            statement -> {
              statement.setString(1, text);
              statement.setString(2, id);
              statement.setString(3, branch);
              return statement.executeUpdate();
            })
        > 0;
  }

  private static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getTimestamp(column).toInstant();
  }

  private static Decision decision(ResultSet row) throws SQLException {
    return new Decision(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        Stream.of((String[]) row.getArray(4).getArray()).map(BranchId.Place::of).toList(),
        row.getString(5),
        instant(row, 6));
  }
}
