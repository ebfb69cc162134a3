package dev.concordat.postgres;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Our tables: made and migrated by numbered scripts, under a lock so that one process does it. */
final class Schema {

  private static final int OLDEST_SERVER = 150000;
  private static final long LOCK = 0x436f6e636f726461L;
  private static final List<String> SCRIPTS =
      List.of(
          "V1__engine.sql",
          "V2__messages.sql",
          "V3__consumers.sql",
          "V4__flows.sql",
          "V5__participants.sql",
          "V6__atomic.sql",
          "V7__reservations.sql",
          "V8__ids.sql");

  private final Database database;

  Schema(Database database) {
    this.database = database;
  }

  static int latest() {
    return SCRIPTS.size();
  }

  void check() {
    try (Connection connection = database.connect()) {
      checkServer(connection);
      int found = version(connection);
      checkNotNewer(found);
      if (found < latest()) {
        throw new RefusedException(
            found == 0
                ? "this database has no Concordat schema "
                    + database.schema()
                    + "; nothing was changed. Is it the right database and schema? A worker makes"
                    + " the schema when it starts; or run what `concordat schema` prints."
                : "Concordat's schema "
                    + database.schema()
                    + " is at version "
                    + found
                    + " and this library needs "
                    + latest()
                    + "; nothing was changed. Let a worker migrate it, or run what `concordat"
                    + " schema` prints.");
      }
    } catch (SQLException e) {
      throw unusable(e);
    }
  }

  void migrate() {
    try (Connection connection = database.connect()) {
      checkServer(connection);
      checkNotNewer(version(connection));
      if (version(connection) < latest()) {
        apply(connection);
      }
    } catch (SQLException e) {
      throw unusable(e);
    }
  }

  private static RefusedException unusable(SQLException e) {
    return new RefusedException(
        "the database cannot be used, and nothing was changed: "
            + Database.message(e)
            + ("42501".equals(e.getSQLState())
                ? ". Grant this user CREATE on the database, or let somebody run what `concordat"
                    + " schema` prints and use withoutMigration()."
                : ""),
        e);
  }

  private static void checkServer(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT current_setting('server_version_num')::int,"
                    + " current_setting('server_version'), pg_is_in_recovery(),"
                    + " current_setting('default_transaction_read_only')::boolean")) {
      row.next();
      if (row.getInt(1) < OLDEST_SERVER) {
        throw new RefusedException(
            "this is PostgreSQL "
                + row.getString(2)
                + ", and Concordat needs 15 or newer; nothing was changed");
      }
      if (row.getBoolean(3) || row.getBoolean(4)) {
        throw new RefusedException(
            "this database is read-only (a standby, or default_transaction_read_only is on), and"
                + " Concordat must write; connect to the primary");
      }
    }
  }

  private void checkNotNewer(int found) {
    if (found > latest()) {
      throw new RefusedException(
          "Concordat's schema "
              + database.schema()
              + " is at version "
              + found
              + ", which a newer library made, and this one knows only "
              + latest()
              + "; nothing was changed. Use the newer library.");
    }
  }

  private int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // Not to_regclass: what it once did not find it may still not see after waiting for the lock.
      String table =
          "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
              + " ON n.oid = c.relnamespace WHERE c.relname = 'schema_version'"
              + " AND '\"' || n.nspname || '\"' = '"
              + database.schema()
              + "'";
      try (ResultSet row = statement.executeQuery(table)) {
        if (!row.next()) {
          return 0;
        }
      }
      try (ResultSet row =
          statement.executeQuery(
              database.sql("SELECT coalesce(max(version), 0) FROM $.schema_version"))) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  private void apply(Connection connection) throws SQLException {
    boolean before = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // A stricter default would show the tables as they were before the wait for the lock.
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
      int found = version(connection);
      checkNotNewer(found);
      for (int next = found; next < latest(); next++) {
        statement.execute(step(database.schema(), next));
      }
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(before);
    }
  }

  /** What makes tables. */
  interface Making {
    void with(Statement statement) throws SQLException;
  }

  /** Runs a script that makes tables if there are none, as one process at a time. */
  static void run(Connection connection, String script) throws SQLException {
    run(connection, statement -> statement.execute(script));
  }

  /** Makes tables, as one process at a time. */
  static void run(Connection connection, Making making) throws SQLException {
    checkServer(connection);
    boolean before = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
      making.with(statement);
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(before);
    }
  }

  static String script(String schema) {
    String quoted = Database.quoted(schema);
    StringBuilder all = new StringBuilder("BEGIN;\n\n");
    for (int i = 0; i < SCRIPTS.size(); i++) {
      all.append(step(quoted, i)).append('\n');
    }
    return all.append("COMMIT;\n").toString();
  }

  /** The script from version {@code from} to the next, which also records that it was run. */
  private static String step(String schema, int from) {
    String head =
        from > 0
            ? ""
            : """
            CREATE SCHEMA IF NOT EXISTS ${schema};

            CREATE TABLE ${schema}.schema_version (
              version     int         PRIMARY KEY,
              applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
            );

            """;
    String tail = "\nINSERT INTO ${schema}.schema_version (version) VALUES (" + (from + 1) + ");\n";
    return (head + resource(SCRIPTS.get(from)) + tail).replace("${schema}", schema);
  }

  private static String resource(String name) {
    try (InputStream in = Schema.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new InvariantViolation("the script " + name + " is missing from the library");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new InvariantViolation("the script " + name + " cannot be read", e);
    }
  }
}
