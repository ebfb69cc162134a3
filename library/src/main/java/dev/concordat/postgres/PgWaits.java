package dev.concordat.postgres;

import dev.concordat.core.BranchId;
import dev.concordat.store.Branches.Waiting;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Who waits for whom in one database. A holder that is prepared has no session: PostgreSQL says 0
 * for it, and the transaction that the lock belongs to leads to its name.
 */
final class PgWaits {

  // Of what sessions show only the attempt's number is the same in all databases.
  private static final String ALL =
      """
      SELECT w.pid, left(w.application_name, 26),
             coalesce(left(h.application_name, 26), ? || split_part(x.gid, ':', 3)),
             (extract(epoch FROM clock_timestamp() - w.xact_start) * 1000)::bigint
        FROM pg_stat_activity w
       CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid)
        LEFT JOIN pg_stat_activity h ON h.pid = b.pid AND starts_with(h.application_name, ?)
        LEFT JOIN pg_locks l ON b.pid = 0 AND l.pid = w.pid AND NOT l.granted
        LEFT JOIN pg_prepared_xacts x ON x.transaction = l.transactionid AND starts_with(x.gid, ?)
       WHERE w.datname = current_database() AND w.wait_event_type = 'Lock'
         AND starts_with(w.application_name, ?)
         AND (h.pid IS NOT NULL OR x.gid IS NOT NULL)\
      """;

  private final KeptConnection kept;

  PgWaits(KeptConnection kept) {
    this.kept = kept;
  }

  List<Waiting> all() {
    return kept.run(
        ALL,
        statement -> {
          for (int i = 1; i <= 4; i++) {
            statement.setString(i, BranchId.PREFIX);
          }
          return Database.rows(statement, PgWaits::waiting);
        });
  }

  private static Waiting waiting(ResultSet row) throws SQLException {
    return new Waiting(
        row.getInt(1), row.getString(2), row.getString(3), Duration.ofMillis(row.getLong(4)));
  }

  void breakOff(Waiting waiting) {
    kept.run(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
            + " WHERE pid = ? AND starts_with(application_name, ?) AND wait_event_type = 'Lock'",
        statement -> {
          statement.setInt(1, waiting.session());
          statement.setString(2, waiting.waiter());
          return statement.execute();
        });
  }
}
