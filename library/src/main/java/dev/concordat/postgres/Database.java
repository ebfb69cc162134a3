package dev.concordat.postgres;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections, statements and, above all, what an SQL error means: that nothing happened, that
 * nobody knows, or that we have a bug.
 */
final class Database {

  static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final Pattern NAME = Pattern.compile("(?!pg_)[a-z_][a-z0-9_]{0,62}");

  private final DataSource source;
  private final String schema;

  Database(DataSource source, String schema) {
    this.source = source;
    this.schema = quoted(schema);
  }

  /** The schema's name as SQL has it, if it is one. */
  static String quoted(String schema) {
    if (!NAME.matcher(schema).matches()) {
      throw new RefusedException(
          "'"
              + schema
              + "' is no name for Concordat's schema: use lower-case letters, digits and _, at most"
              + " 63, not beginning with a digit or pg_");
    }
    return "\"" + schema + "\"";
  }

  /** Puts the schema's name into SQL that has {@code $.} before each of our tables. */
  String sql(String text) {
    return text.replace("$.", schema + ".");
  }

  String schema() {
    return schema;
  }

  /** A connection of the user's pool. */
  Connection connect() {
    try {
      return source.getConnection();
    } catch (SQLException e) {
      throw new NotNowException(
          "no database connection to be had, so nothing was done: " + message(e), e);
    }
  }

  interface Work<T> {
    T with(PreparedStatement statement) throws SQLException;
  }

  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /**
   * Runs a statement that changes nothing if its answer is lost, or changes it again harmlessly.
   */
  <T> T run(String text, Work<T> work) {
    try (Connection connection = autoCommitting();
        PreparedStatement statement = connection.prepareStatement(sql(text))) {
      return work.with(statement);
    } catch (SQLException e) {
      throw meaning(e, "");
    }
  }

  /** Refuses a data source whose transactions are of another isolation. */
  void requireReadCommitted(String whose, String otherwise) {
    String isolation =
        run(
            "SELECT current_setting('transaction_isolation')",
            statement -> rows(statement, row -> row.getString(1)).get(0));
    if (!isolation.equals("read committed")) {
      throw new RefusedException(
          whose
              + " transactions must be READ COMMITTED, and those of this data source are "
              + isolation
              + ": "
              + otherwise
              + ". Give Concordat a data source of its own, or change"
              + " default_transaction_isolation.");
    }
  }

  /** An auto-committing connection: each statement, or each group sent as one, is a transaction. */
  Connection autoCommitting() throws SQLException {
    Connection connection = connect();
    try {
      if (!connection.getAutoCommit()) {
        connection.setAutoCommit(true);
      }
      return connection;
    } catch (SQLException e) {
      close(connection);
      throw e;
    }
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("closing a connection failed", e);
    }
  }

  static <T> List<T> rows(PreparedStatement statement, Row<T> reader) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return rows(row, reader);
    }
  }

  static <T> List<T> rows(ResultSet row, Row<T> reader) throws SQLException {
    List<T> all = new ArrayList<>();
    while (row.next()) {
      all.add(reader.read(row));
    }
    return all;
  }

  /**
   * What an error of a write means.
   *
   * @param key what to ask again with, should the outcome be unknown
   */
  RuntimeException meaning(SQLException e, String key) {
    if (isLost(e)) {
      return new OutcomeUnknownException(
          key, "the connection to the database broke, and the answer with it: " + message(e), e);
    }
    if (isPassing(e)) {
      return new NotNowException(
          "the database rolled back, and may not next time: " + message(e), e);
    }
    if (isSetUp(e)) {
      return new RefusedException(
          "the database does not let Concordat use its tables in schema "
              + schema
              + ", so nothing was done: "
              + message(e)
              + ". Is it the right database, and has the user been granted what `concordat schema`"
              + " made?",
          e);
    }
    return new InvariantViolation(
        "the database will not take our SQL (SQLSTATE " + e.getSQLState() + "): " + message(e), e);
  }

  /**
   * Whether the connection broke so that nobody can say if the server carried the statement out.
   * The driver reports the same 08006 for a COMMIT that never arrived and for one that was applied.
   */
  static boolean isLost(SQLException e) {
    String state = e.getSQLState();
    return state == null
        || state.startsWith("08")
        || state.equals("57P01")
        || state.equals("57P02")
        || state.equals("57P03")
        || state.startsWith("XX")
        || e.getCause() instanceof java.io.IOException;
  }

  /** Whether tables are missing, or rights to them. */
  private static boolean isSetUp(SQLException e) {
    return Set.of("42501", "42P01", "3F000").contains(e.getSQLState());
  }

  /** Whether the server rolled back for a reason that may pass. */
  static boolean isPassing(SQLException e) {
    String state = e.getSQLState();
    return state != null
        && (state.startsWith("40")
            || state.startsWith("53")
            || state.startsWith("55")
            || state.startsWith("57")
            || state.equals("25006"));
  }

  static String message(SQLException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.lines().findFirst().orElse("");
  }

  /** Whether the server named that file of its own source as where it failed. */
  static boolean isFrom(SQLException e, String file) {
    return e instanceof PSQLException server
        && server.getServerErrorMessage() != null
        && file.equals(server.getServerErrorMessage().getFile());
  }

  /** Whether the server was in that function of ours. */
  static boolean isWithin(SQLException e, String function) {
    if (!(e instanceof PSQLException server) || server.getServerErrorMessage() == null) {
      return false;
    }
    String where = server.getServerErrorMessage().getWhere();
    return where != null && where.contains(function + "(");
  }

  /** Whether the server named that constraint, or that not-null column, of one of our tables. */
  boolean names(SQLException e, String name) {
    if (!(e instanceof PSQLException server) || server.getServerErrorMessage() == null) {
      return false;
    }
    ServerErrorMessage said = server.getServerErrorMessage();
    return schema.equals("\"" + said.getSchema() + "\"")
        && (name.equals(said.getConstraint()) || name.equals(said.getColumn()));
  }
}
