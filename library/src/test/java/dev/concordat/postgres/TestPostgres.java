package dev.concordat.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.local.LocalPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** One real PostgreSQL for all test classes of this JVM, which it ends with. */
public final class TestPostgres {

  private static final LocalPostgres SERVER = LocalPostgres.start();
  private static final HikariDataSource POOL = pool(SERVER.jdbcUrl(), 12);

  private TestPostgres() {}

  /** The server. */
  public static LocalPostgres server() {
    return SERVER;
  }

  /** A pool of connections to its first database, which do not wait for the disk. */
  public static HikariDataSource pool() {
    return POOL;
  }

  /** A pool of that address. */
  public static HikariDataSource pool(String url, int size) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(size);
    config.setConnectionInitSql("SET synchronous_commit = off");
    return new HikariDataSource(config);
  }

  /** Runs SQL on a connection of its own. */
  public static void sql(DataSource source, String text) {
    try (Connection connection = source.getConnection()) {
      sql(connection, text);
    } catch (SQLException e) {
      throw new IllegalStateException(text, e);
    }
  }

  /** Runs SQL. */
  public static void sql(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  /** The rows of a query, columns joined by {@code |}. */
  public static List<String> rows(DataSource source, String query) {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      List<String> rows = new ArrayList<>();
      int columns = row.getMetaData().getColumnCount();
      while (row.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          values.add(row.getString(i));
        }
        rows.add(String.join("|", values.stream().map(String::valueOf).toList()));
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }
}
