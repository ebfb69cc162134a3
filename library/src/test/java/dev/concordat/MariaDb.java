package dev.concordat;

import dev.concordat.local.LocalMariaDb;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.XADataSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** One MariaDB for all tests of this JVM, and a database of its own for each test. */
final class MariaDb {

  private static final LocalMariaDb SERVER = LocalMariaDb.start();
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final LocalMariaDb server;
  private final String url;

  private MariaDb(LocalMariaDb server) {
    this.server = server;
    this.url = server.createDatabase("test" + DATABASES.incrementAndGet());
  }

  static MariaDb open() {
    return new MariaDb(SERVER);
  }

  static MariaDb on(LocalMariaDb server) {
    return new MariaDb(server);
  }

  LocalMariaDb server() {
    return server;
  }

  String url() {
    return url;
  }

  XADataSource source() {
    return source(url);
  }

  /** To the same database, through that port. */
  XADataSource through(int port) {
    return source(url.replace(":" + server.port() + "/", ":" + port + "/"));
  }

  static XADataSource source(String url) {
    try {
      return new MariaDbDataSource(url);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void sql(String text) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(text);
    } catch (SQLException e) {
      throw new IllegalStateException(text, e);
    }
  }

  String text(String query) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? String.valueOf(row.getString(1)) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  /** Waits until the query gives that text. */
  void await(String query, String wanted) {
    long end = System.nanoTime() + Fixture.PATIENCE.toNanos();
    while (!text(query).equals(wanted)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(query + " never gave " + wanted + " but " + text(query));
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** What marks this database among those of its server. */
  String mark() {
    return text("SELECT mark FROM concordat_place");
  }

  /** How many branches of this database wait for a decision. */
  int prepared() {
    String mark = mark();
    int count = 0;
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("XA RECOVER")) {
      while (row.next()) {
        count += row.getString(4).contains("@" + mark + ":") ? 1 : 0;
      }
      return count;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
