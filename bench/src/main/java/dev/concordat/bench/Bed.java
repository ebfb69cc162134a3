package dev.concordat.bench;

import com.zaxxer.hikari.HikariConfig;
import dev.concordat.local.LocalPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A fresh database for one comparison, so that no row of an earlier one lies in the way. Each side
 * has a pool of its own, with the same settings.
 */
final class Bed implements AutoCloseable {

  private static final int SPARE = 8; // connections beyond one for each client, on both sides

  private final String database;
  private final WatchedPool raw;
  private final WatchedPool concordat;
  private final Connection elsewhere;
  private final AtomicLong numbers = new AtomicLong();

  Bed(LocalPostgres postgres, String database, int clients) throws SQLException {
    this.database = database;
    String url = postgres.createDatabase(database);
    this.raw = pool(url, clients);
    this.concordat = pool(url, clients);
    this.elsewhere = postgres.dataSource().getConnection();
    try (Connection connection = raw.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(Shop.TABLES);
    }
  }

  private static WatchedPool pool(String url, int clients) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(clients + SPARE);
    return new WatchedPool(config);
  }

  WatchedPool raw() {
    return raw;
  }

  WatchedPool concordat() {
    return concordat;
  }

  Meter meter(Side side) {
    return new Meter(side, new Counters(side.pool(), elsewhere, database), numbers);
  }

  @Override
  public void close() throws SQLException {
    elsewhere.close();
    concordat.close();
    raw.close();
  }
}
