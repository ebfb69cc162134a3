package dev.concordat.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** How long a server may say nothing before its connection counts as broken. */
final class Silence {

  private Silence() {}

  /**
   * Sets it, unless the connection's user has set a shorter time.
   *
   * @return what it was, in milliseconds, 0 for as long as it takes
   */
  static int limit(Connection connection, Duration longest) {
    try {
      int before = connection.getNetworkTimeout();
      int wanted = (int) Math.min(Integer.MAX_VALUE, longest.toMillis());
      if (before == 0 || before > wanted) {
        connection.setNetworkTimeout(Runnable::run, wanted);
      }
      return before;
    } catch (SQLException e) {
      Database.LOG.debug("a broken connection needs no time limit", e);
      return 0;
    }
  }

  static void restore(Connection connection, int before) {
    try {
      if (!connection.isClosed() && connection.getNetworkTimeout() != before) {
        connection.setNetworkTimeout(Runnable::run, before);
      }
    } catch (SQLException e) {
      Database.LOG.debug("a broken connection need not be left as it was", e);
    }
  }
}
