package dev.concordat.bench;

import dev.concordat.Concordat;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Fills the outbox as many publishers before the measurement would have, and reads it by hand. */
final class Filling {

  private static final String INSERT =
      "INSERT INTO concordat.outbox (id, topic, key, lane, type, payload)"
          + " SELECT gen_random_uuid(), ?, 'order-' || n % 10000, n % 10000, 'OrderPlaced',"
          + " decode(repeat('ab', 200), 'hex') FROM generate_series(1, ?) n";

  private static final int PORTION = 50_000;

  private Filling() {}

  /** Makes the tables. */
  static void prepare(DataSource pool) {
    Concordat.on(pool).start().close();
  }

  static void fill(DataSource pool, int messages) throws SQLException {
    fill(pool, "orders", messages);
  }

  static void fill(DataSource pool, String topic, int messages) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(INSERT)) {
      for (int left = messages; left > 0; left -= PORTION) {
        statement.setString(1, topic);
        statement.setInt(2, Math.min(left, PORTION));
        statement.executeUpdate();
      }
    }
  }

  static long number(DataSource pool, String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** A bare cursor by position, to which a gap or a late commit would be a loss. */
  static long readByHand(DataSource pool, long after) throws SQLException {
    long position = after;
    long count = 0;
    try (Connection connection = pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT position, id, topic, key, type, headers, payload FROM concordat.outbox"
                    + " WHERE position > ? ORDER BY position LIMIT 2048")) {
      while (true) {
        statement.setLong(1, position);
        int read = 0;
        try (ResultSet row = statement.executeQuery()) {
          while (row.next()) {
            position = row.getLong(1);
            read += row.getBytes(7).length > 0 && row.getString(4) != null ? 1 : 0;
          }
        }
        count += read;
        if (read == 0) {
          return count;
        }
      }
    }
  }
}
