package dev.concordat.examples;

import dev.concordat.examples.db.Sql;
import dev.concordat.saga.Story;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * What laws are checked against.
 *
 * @param databases each service's own database, by the service's name, and Concordat's
 * @param stories the journals of the instances that are looked at
 */
public record Evidence(Map<String, DataSource> databases, List<Story> stories) {

  /** Copies both. */
  public Evidence {
    databases = Map.copyOf(databases);
    stories = List.copyOf(stories);
  }

  /** The rows of a query, as texts. */
  public List<String> rows(String database, String sql) {
    DataSource source = databases.get(database);
    if (source == null) {
      throw new IllegalArgumentException("there is no database " + database);
    }
    try (Connection connection = source.getConnection()) {
      return Sql.rows(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot ask " + database + ": " + e.getMessage(), e);
    }
  }
}
