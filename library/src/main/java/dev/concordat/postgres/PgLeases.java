package dev.concordat.postgres;

import dev.concordat.store.Leases;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Leases of workers in SQL, all on the database's clock. They use the kept connection, so that a
 * pool which user code has run dry does not cost a worker its lease; a renewal goes before the
 * journal entries and questions that wait for it.
 */
final class PgLeases implements Leases {

  private static final String LENGTH = "clock_timestamp() + ? * interval '1 millisecond'";

  private final KeptConnection kept;

  PgLeases(KeptConnection kept) {
    this.kept = kept;
  }

  @Override
  public Lease acquire(Duration length, List<String> definitions) {
    return kept.run(
        "INSERT INTO $.worker (lease_until, definitions) VALUES ("
            + LENGTH
            + ", ?) RETURNING no, clock_timestamp()",
        statement -> {
          statement.setLong(1, length.toMillis());
          statement.setArray(
              2, statement.getConnection().createArrayOf("text", definitions.toArray()));
          return Database.rows(statement, row -> new Lease(row.getLong(1), time(row, 2))).get(0);
        });
  }

  @Override
  public Optional<Instant> renew(long worker, Duration length) {
    return kept.runNext(
        "UPDATE $.worker SET lease_until = "
            + LENGTH
            + " WHERE no = ?"
            + " AND lease_until > '-infinity' RETURNING clock_timestamp()",
        statement -> {
          statement.setLong(1, length.toMillis());
          statement.setLong(2, worker);
          return Database.rows(statement, row -> time(row, 1)).stream().findFirst();
        });
  }

  @Override
  public void release(long worker) {
    kept.run(
        "UPDATE $.worker SET lease_until = '-infinity' WHERE no = ?",
        statement -> {
          statement.setLong(1, worker);
          return statement.executeUpdate();
        });
  }

  @Override
  public List<Worker> workers() {
    return kept.run(
        "SELECT no, lease_until >= clock_timestamp(),"
            + " greatest(lease_until, '1970-01-01Z'::timestamptz), definitions"
            + " FROM $.worker ORDER BY no",
        statement ->
            Database.rows(
                statement,
                row ->
                    new Worker(
                        row.getLong(1),
                        row.getBoolean(2),
                        time(row, 3),
                        List.of((String[]) row.getArray(4).getArray()))));
  }

  @Override
  public Instant now() {
    return kept.run(
        "SELECT clock_timestamp()",
        statement -> Database.rows(statement, row -> time(row, 1)).get(0));
  }

  private static Instant time(ResultSet row, int column) throws SQLException {
    return row.getTimestamp(column).toInstant();
  }
}
