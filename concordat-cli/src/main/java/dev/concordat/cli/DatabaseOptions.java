package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Option;

/** Which database a command looks at. */
final class DatabaseOptions {

  private static final int TIMEOUT_SECONDS = 10;

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      description = {
        "The database: jdbc:postgresql://host/name?user=…; or environment CONCORDAT_JDBC_URL.",
        "The password is better in the environment, as PGPASSWORD, than in the URL."
      })
  private @Nullable String url;

  @Option(
      names = "--schema",
      paramLabel = "NAME",
      description = "The schema of Concordat's tables; ${DEFAULT-VALUE} unless said.")
  private String schema = ConcordatBuilder.DEFAULT_SCHEMA;

  /** A Concordat that runs nothing; to be closed. */
  Concordat open(Map<String, String> environment) {
    return client(reachable(environment));
  }

  /** The same on a database that was reached. */
  Concordat client(DataSource source) {
    return Concordat.on(source)
        .schema(schema)
        .patience(Duration.ofSeconds(TIMEOUT_SECONDS))
        .client();
  }

  /** Whether the command line names a database. */
  boolean isGiven() {
    return url != null;
  }

  /** Its address, without user and password. */
  String place(Map<String, String> environment) {
    return Secrets.place(wanted(environment)).replaceFirst("^jdbc:", "");
  }

  /** The same for another address. */
  DatabaseOptions at(String other) {
    DatabaseOptions options = new DatabaseOptions();
    options.url = other;
    options.schema = schema;
    return options;
  }

  String schema() {
    return schema;
  }

  /** The database, which just answered. */
  DataSource reachable(Map<String, String> environment) {
    PGSimpleDataSource source = source(environment);
    try (Connection connection = source.getConnection()) {
      connection.getMetaData();
    } catch (SQLException e) {
      throw new Problem(
          Exit.UNREACHABLE,
          (isTurnedAway(e)
                  ? "The database server turned this connection away, so nothing was done: "
                  : "The database cannot be reached, so nothing was done: ")
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + (isTurnedAway(e)
                  ? " (Are the name of the database, the user and the password right?)"
                  : " (Is it running, and is its address right?)"),
          e);
    }
    return source;
  }

  /** Whether a server answered, but not to this user or for this database. */
  private static boolean isTurnedAway(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("28") || state.startsWith("3D") || state.startsWith("08004");
  }

  PGSimpleDataSource source(Map<String, String> environment) {
    String wanted = wanted(environment);
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setConnectTimeout(TIMEOUT_SECONDS);
    source.setApplicationName("concordat-cli");
    try {
      source.setUrl(wanted);
    } catch (IllegalArgumentException e) {
      throw new Problem(
          Exit.USAGE,
          "This is no URL of a PostgreSQL database; it begins with jdbc:postgresql:// and may not"
              + " contain spaces.",
          null);
    }
    String password = environment.get("PGPASSWORD");
    if (password != null && source.getPassword() == null) {
      source.setPassword(password);
    }
    return source;
  }

  private String wanted(Map<String, String> environment) {
    String wanted = url == null ? environment.get("CONCORDAT_JDBC_URL") : url;
    if (wanted == null || wanted.isBlank()) {
      throw new Problem(
          Exit.USAGE, "Which database? Give --jdbc-url, or set CONCORDAT_JDBC_URL.", null);
    }
    return wanted;
  }
}
