package dev.concordat.local;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real MariaDB on this machine that belongs to this program.
 *
 * {@snippet :
 * try (LocalMariaDb mariaDb = LocalMariaDb.start()) {
 *   XADataSource ledger = new MariaDbDataSource(mariaDb.createDatabase("ledger"));
 * }
 * }
 *
 * <p>The installed server is used; where there is none, that of the distribution's package is
 * fetched once and unpacked for this user. It listens on the loopback only and lets in one user,
 * with a password drawn at random. What it acknowledged as committed or prepared survives {@link
 * #kill()}. The driver, {@code org.mariadb.jdbc:mariadb-java-client}, is the user's to add.
 *
 * <p>If the environment variable {@code CONCORDAT_MARIADB_URL} is set, nothing is started and its
 * value, a JDBC URL with user and password, leads to the server.
 */
public final class LocalMariaDb extends LocalServer {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]{1,64}");
  private static final Pattern PATH = Pattern.compile("^(jdbc:[a-z]+://[^/?]+)(/[^?]*)?");

  private LocalMariaDb(Life life) {
    super(life);
  }

  /**
   * Starts a server with a temporary data folder on a free port.
   *
   * @return the server, accepting connections
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalMariaDb start() {
    return startIn(null);
  }

  /**
   * Starts a server on a free port that keeps its data in a folder.
   *
   * @param dataFolder a folder of its own, created if need be and reused if it holds data
   * @return the server, accepting connections
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalMariaDb start(Path dataFolder) {
    return startIn(dataFolder);
  }

  private static LocalMariaDb startIn(@Nullable Path dataFolder) {
    Optional<Elsewhere> elsewhere =
        Elsewhere.in(System.getenv(), Product.MARIADB, MariaDbPrograms.VARIABLE);
    return new LocalMariaDb(elsewhere.isPresent() ? elsewhere.get() : own(dataFolder));
  }

  /** The program comes first: fetching it may take long, and then no folder is left behind. */
  private static OwnLife own(@Nullable Path dataFolder) {
    MariaDbPrograms programs = MariaDbPrograms.find(Search.usual(), Cache.folder());
    return DataFolder.of(Product.MARIADB, dataFolder)
        .handOver(folder -> OwnLife.begin(new MariaDbRecipe(programs, folder), OwnLife.ANY_PORT));
  }

  /**
   * The address of the server, the same over restarts.
   *
   * @return a JDBC URL with user and password that leads to no database
   */
  public String jdbcUrl() {
    return life() instanceof Elsewhere elsewhere
        ? elsewhere.address()
        : "jdbc:mariadb://127.0.0.1:"
            + port()
            + "/?user="
            + MariaDbRecipe.USER
            + "&password="
            + MariaDbRecipe.password(dataFolder());
  }

  /**
   * The address of a database, whether it exists or not.
   *
   * @param database 1 to 64 letters, digits and _
   * @return a JDBC URL with user and password
   */
  public String jdbcUrl(String database) {
    if (!NAME.matcher(database).matches()) {
      throw new IllegalArgumentException(
          "a database is named by 1 to 64 letters, digits and _, not: " + database);
    }
    return PATH.matcher(jdbcUrl()).replaceFirst("$1/" + database);
  }

  /**
   * Makes sure that a database exists.
   *
   * @param name 1 to 64 letters, digits and _
   * @return its JDBC URL
   */
  public String createDatabase(String name) {
    String url = jdbcUrl(name);
    try (Connection connection = DriverManager.getConnection(jdbcUrl());
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE IF NOT EXISTS `" + name + "`");
      return url;
    } catch (SQLException e) {
      throw new LocalServerException(
          "Cannot create database "
              + name
              + ": is org.mariadb.jdbc:mariadb-java-client on the class path?",
          e);
    }
  }
}
