package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Two small tables in an XA resource: its mark, and one row for each branch, written just before it
 * is prepared. That row is visible if and only if the branch committed; without it, a branch that
 * is gone would leave nobody to say whether it did.
 */
final class XaTables {

  private final String place;
  private final String branch;
  private final String mark;

  private XaTables(String prefix, String mark) {
    this.place = prefix + "concordat_place";
    this.branch = prefix + "concordat_branch";
    this.mark = mark;
  }

  /**
   * The tables there.
   *
   * @param makes whether to make them, should they be missing
   * @param fresh the mark to give the resource if it has none
   * @throws RefusedException if they are missing and not to be made
   */
  static XaTables in(String name, XaLink link, boolean makes, String fresh) throws SQLException {
    String prefix = prefix(name, link);
    XaTables tables = new XaTables(prefix, fresh);
    SQLException failed = null;
    if (makes && !tables.isThere(link.sql())) {
      failed = tables.make(link);
    }
    if (!tables.isThere(link.sql())) {
      throw missing(name, link, failed);
    }
    return new XaTables(prefix, tables.markOf(link.sql()));
  }

  /** A user may lead a connection to another database, and our row must not go there. */
  private static String prefix(String name, XaLink link) throws SQLException {
    if (!link.isMariaDb()) {
      return "";
    }
    String catalog = link.sql().getCatalog();
    if (catalog == null || catalog.isEmpty()) {
      throw new RefusedException(
          "the address of XA resource '"
              + name
              + "' names no database, so there is no place for Concordat's tables and nothing was"
              + " begun: name one");
    }
    return "`" + catalog.replace("`", "``") + "`.";
  }

  private static RefusedException missing(String name, XaLink link, @Nullable SQLException failed) {
    String end = link.isMariaDb() ? " ENGINE=InnoDB" : "";
    return new RefusedException(
        "XA resource '"
            + name
            + "' has no tables of Concordat"
            + (failed == null ? "" : ", and they could not be made (" + Xa.message(failed) + ")")
            + "; without them nobody could say whether a branch that is gone had committed, so"
            + " nothing was begun. Make them: "
            + String.join("; ", new XaTables("", "").script(end)),
        failed);
  }

  private String[] script(String end) {
    return new String[] {
      "CREATE TABLE " + place + " (single INT PRIMARY KEY, mark VARCHAR(8) NOT NULL)" + end,
      "CREATE TABLE "
          + branch
          + " (gid VARCHAR(199) PRIMARY KEY, made TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)"
          + end,
      "CREATE INDEX concordat_branch_made ON " + branch + " (made)"
    };
  }

  /** Another process may be making them too: what counts is whether they are there afterwards. */
  private @Nullable SQLException make(XaLink link) {
    SQLException failed = null;
    for (String sql : script(link.isMariaDb() ? " ENGINE=InnoDB" : "")) {
      try (Statement statement = link.sql().createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        failed = e;
      }
    }
    return failed;
  }

  private boolean isThere(Connection connection) throws SQLException {
    return canRead(connection, place) && canRead(connection, branch);
  }

  private static boolean canRead(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table + " WHERE 1 = 0")) {
      return row.next();
    } catch (SQLException e) {
      if (e.getSQLState() != null && e.getSQLState().startsWith("42")) {
        return false; // not there, or not for us
      }
      throw e;
    }
  }

  private String markOf(Connection connection) throws SQLException {
    SQLException failed = null;
    try (Statement statement = connection.createStatement()) {
      String sql = "INSERT INTO " + place + " (single, mark) VALUES (1, '" + mark + "')";
      statement.executeUpdate(sql);
    } catch (SQLException e) {
      failed = e; // it has one already
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT mark FROM " + place)) {
      if (row.next()) {
        return row.getString(1);
      }
    }
    throw failed == null ? new SQLException("the row in " + place + " is gone") : failed;
  }

  String mark() {
    return mark;
  }

  /** Writes a branch's row. */
  void note(Connection connection, BranchId id) throws SQLException {
    String sql = "INSERT INTO " + branch + " (gid) VALUES (?)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, id.text());
      statement.executeUpdate();
    }
  }

  /** Whether a branch committed. */
  boolean isNoted(Connection connection, BranchId id) throws SQLException {
    String sql = "SELECT 1 FROM " + branch + " WHERE gid = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, id.text());
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Deletes rows that old, by the resource's own clock. */
  int forget(Connection connection, Duration age) throws SQLException {
    // Otherwise MariaDB waits for the locks of rows beside those it deletes: of prepared branches.
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    String sql = "DELETE FROM " + branch + " WHERE made < ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setTimestamp(1, Timestamp.from(now(connection).toInstant().minus(age)));
      return statement.executeUpdate();
    }
  }

  /** The resource's own clock. */
  Timestamp now(Connection connection) throws SQLException {
    String sql = "SELECT CURRENT_TIMESTAMP FROM " + place;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      if (row.next()) {
        return row.getTimestamp(1);
      }
    }
    throw new SQLException("the row in " + place + " is gone");
  }
}
