package dev.concordat.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A pool that knows which of its connections are out, among them the one that Concordat keeps. */
final class WatchedPool extends HikariDataSource {

  private static final int MANY = 128;

  private final List<Connection> given = new ArrayList<>();

  WatchedPool(HikariConfig config) {
    super(config);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = super.getConnection();
    synchronized (given) {
      if (given.size() >= MANY) {
        forgetClosed();
      }
      given.add(connection);
    }
    return connection;
  }

  /** The connections that are out now. */
  List<Connection> out() throws SQLException {
    synchronized (given) {
      forgetClosed();
      return List.copyOf(given);
    }
  }

  private void forgetClosed() throws SQLException {
    List<Connection> open = new ArrayList<>();
    for (Connection connection : given) {
      if (!connection.isClosed()) {
        open.add(connection);
      }
    }
    given.clear();
    given.addAll(open);
  }
}
