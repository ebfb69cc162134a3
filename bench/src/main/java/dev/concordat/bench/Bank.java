package dev.concordat.bench;

import com.zaxxer.hikari.HikariConfig;
import dev.concordat.local.LocalPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Accounts in two databases on two servers; money only moves from the first to the second. */
final class Bank {

  /** So many that clients seldom meet at one. */
  private static final int ACCOUNTS = 10_000;

  private static final int SPARE = 12; // connections beyond one for each client, on all sides

  static final String DEBIT = "UPDATE account SET balance = balance - 1 WHERE id = ?";
  static final String CREDIT = "UPDATE account SET balance = balance + 1 WHERE id = ?";

  private final LocalPostgres[] servers;
  private final String[] urls = new String[2];
  private final String database;

  Bank(LocalPostgres first, LocalPostgres second, String database, Duration roundTrip)
      throws SQLException {
    this.servers = new LocalPostgres[] {first, second};
    this.database = database;
    for (int i = 0; i < 2; i++) {
      String url = servers[i].createDatabase(database);
      makeAccounts(url);
      urls[i] = roundTrip.isZero() ? url : url + far(url, roundTrip);
    }
  }

  private static String far(String url, Duration roundTrip) {
    return (url.contains("?") ? "&" : "?")
        + "socketFactory="
        + FarSockets.class.getName()
        + "&socketFactoryArg="
        + roundTrip.toNanos() / 1000;
  }

  private static void makeAccounts(String url) throws SQLException {
    try (Connection connection = java.sql.DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL,"
              + " held bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50)");
      statement.execute(
          "INSERT INTO account SELECT n, 1000000000, 0 FROM generate_series(1, "
              + ACCOUNTS
              + ") n");
      statement.execute("CREATE TABLE decision (no bigint PRIMARY KEY)");
      statement.execute("VACUUM ANALYZE account");
    }
  }

  /** The address of one of the two, over the line. */
  String url(int which) {
    return urls[which];
  }

  /** The address of one of the two without any delay. */
  String near(int which) {
    return servers[which].jdbcUrl(database);
  }

  LocalPostgres server(int which) {
    return servers[which];
  }

  String database() {
    return database;
  }

  /** A pool on one of the two. */
  WatchedPool pool(int which, int clients) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(urls[which]);
    config.setMaximumPoolSize(clients + SPARE);
    return new WatchedPool(config);
  }

  static int anyAccount() {
    return ThreadLocalRandom.current().nextInt(ACCOUNTS) + 1;
  }

  static void update(Connection connection, String sql, int account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, account);
      statement.executeUpdate();
    }
  }

  long number(int which, String sql) throws SQLException {
    try (Connection connection = java.sql.DriverManager.getConnection(near(which));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
