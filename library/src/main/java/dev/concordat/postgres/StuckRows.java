package dev.concordat.postgres;

import dev.concordat.store.Stuck;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Messages that do not get on, found by a header that they have. */
final class StuckRows {

  // PostgreSQL reads no JSON with a NUL, which brokers do deliver.
  static final String AT_RELAYS =
      """
      SELECT 'RELAY', relay, position,
             CASE state WHEN 'PARKED' THEN 'DEAD' WHEN 'HELD' THEN 'RETRYING' ELSE state END,
             topic, type, reason, parked_at
        FROM $.parked
       WHERE state IN ('PARKED', 'HELD', 'BEHIND')
         AND replace(headers, '\\u0000', '\\ufffd')::json ->> ? = ?
       ORDER BY parked_at, position LIMIT ?\
      """;

  static final String AT_CONSUMERS =
      """
      SELECT 'CONSUMER', consumer, no, CASE state WHEN 'RETRY' THEN 'RETRYING' ELSE state END,
             topic, type, reason, parked_at
        FROM $.unhandled
       WHERE state IN ('DEAD', 'RETRY', 'BEHIND')
         AND replace(headers, '\\u0000', '\\ufffd')::json ->> ? = ?
       ORDER BY parked_at, no LIMIT ?\
      """;

  private StuckRows() {}

  static List<Stuck> read(Database database, String sql, String header, String value, int most) {
    return database.run(
        sql,
        statement -> {
          statement.setString(1, header);
          statement.setString(2, value);
          statement.setInt(3, most);
          return Database.rows(statement, StuckRows::stuck);
        });
  }

  private static Stuck stuck(ResultSet row) throws SQLException {
    return new Stuck(
        Stuck.Place.valueOf(row.getString(1)),
        row.getString(2),
        row.getLong(3),
        Stuck.Standing.valueOf(row.getString(4)),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getTimestamp(8).toInstant());
  }
}
