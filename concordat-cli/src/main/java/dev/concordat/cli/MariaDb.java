package dev.concordat.cli;

import java.sql.Connection;
import java.sql.SQLException;
import org.mariadb.jdbc.MariaDbDataSource;

/** How a command reaches a MariaDB that takes part by XA. */
final class MariaDb {

  private static final int TIMEOUT_SECONDS = 10;

  private MariaDb() {}

  /** The resource, which just answered. */
  static MariaDbDataSource reachable(String name, String url) {
    MariaDbDataSource source = source(name, url);
    try (Connection connection = source.getConnection()) {
      connection.getMetaData();
      return source;
    } catch (SQLException e) {
      throw new Problem(
          Exit.UNREACHABLE,
          "XA resource '"
              + name
              + "' cannot be reached, so nothing was done: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + " (Is it running, and is its URL right?)",
          e);
    }
  }

  private static MariaDbDataSource source(String name, String url) {
    try {
      if (url.startsWith("jdbc:mariadb://")) {
        MariaDbDataSource source = new MariaDbDataSource(url);
        source.setLoginTimeout(TIMEOUT_SECONDS);
        return source;
      }
    } catch (SQLException e) {
      // Said below; the driver repeats the address, with its password.
    }
    throw new Problem(
        Exit.USAGE,
        "The URL of '" + name + "' is none of a MariaDB; it begins with jdbc:mariadb://.",
        null);
  }
}
