package dev.concordat.postgres;

import dev.concordat.core.BranchId;
import dev.concordat.core.InvariantViolation;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions.Decision;
import dev.concordat.store.Decisions.Heuristic;
import java.sql.PreparedStatement;
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

  /** One by one in one message: for a list, a plan made while the table is small reads it whole. */
  void settle(Collection<String> ids) {
    kept.run(
        "UPDATE $.decision SET settled = true WHERE id = ? AND NOT settled",
        statement -> {
          for (String id : ids) {
            statement.setString(1, id);
            statement.addBatch();
          }
          return statement.executeBatch();
        });
  }

  /** Rows of branches do not say whose they are, and none may go before its decision. */
  int forget(String name, Duration age, Duration open) {
    int branches = delete("branch", "? <> ''", name, Branches.kept(age, open));
    free();
    return branches + delete("decision", "settled AND name = ?", name, age);
  }

  /** Ids that may be used again. One that is being used again just now is left alone. */
  private void free() {
    int some;
    do {
      some =
          kept.run(
              "DELETE FROM $.taken WHERE ctid IN (SELECT ctid FROM $.taken"
                  + " WHERE until < clock_timestamp() LIMIT "
                  + PORTION
                  + " FOR UPDATE SKIP LOCKED)",
              PreparedStatement::executeUpdate);
    } while (some == PORTION);
  }

  private int delete(String table, String which, String name, Duration age) {
    int all = 0;
    int some;
    do {
      some =
          kept.run(
              "DELETE FROM $."
                  + table
                  + " WHERE ctid IN (SELECT ctid FROM $."
                  + table
                  + " WHERE "
                  + which
                  + " AND at < clock_timestamp() - ? * interval '1 ms' LIMIT "
                  + PORTION
                  + ")",
              statement -> {
                statement.setString(1, name);
                statement.setLong(2, age.toMillis());
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
