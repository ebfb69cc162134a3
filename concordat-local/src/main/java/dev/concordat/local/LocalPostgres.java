package dev.concordat.local;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL on this machine that belongs to this program: for tests, demonstrations and a
 * single node.
 *
 * {@snippet :
 * try (LocalPostgres postgres = LocalPostgres.start()) {
 *   postgres.createDatabase("orders");
 *   DataSource orders = postgres.dataSource("orders");
 * }
 * }
 *
 * <p>It keeps what it acknowledges ({@code fsync} and {@code synchronous_commit} are on), allows
 * two hundred prepared transactions, and lets in whoever asks, but only from this machine. It can
 * be {@linkplain #kill() killed} and {@linkplain #restart() restarted} on the same data and port.
 *
 * <p>Works on Linux and macOS, as an ordinary user and as root. Safe for use by many threads.
 */
public final class LocalPostgres extends LocalServer {
  private static final String MAINTENANCE = "postgres";
  private static final int NAME_BYTES_MAX = 63;

  private LocalPostgres(OwnLife life) {
    super(life);
  }

  /**
   * Starts a server with a temporary data folder on a free port.
   *
   * @return the server, accepting connections
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalPostgres start() {
    return builder().start();
  }

  /**
   * Begins to describe a server.
   *
   * @return a builder with the defaults that {@link #start()} uses
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The address of the server's own first database.
   *
   * @return a JDBC URL that needs no password
   */
  public String jdbcUrl() {
    return jdbcUrl(MAINTENANCE);
  }

  /**
   * The address of a database, whether it exists or not.
   *
   * @param database its name
   * @return a JDBC URL that needs no password
   */
  public String jdbcUrl(String database) {
    String name = URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
    return "jdbc:postgresql://127.0.0.1:" + port() + "/" + name + "?user=postgres";
  }

  /**
   * A source of connections to the server's own first database, one new connection for each
   * request.
   *
   * @return a data source without a pool
   */
  public DataSource dataSource() {
    return dataSource(MAINTENANCE);
  }

  /**
   * A source of connections to a database, one new connection for each request.
   *
   * @param database its name
   * @return a data source without a pool
   */
  public DataSource dataSource(String database) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setURL(jdbcUrl(database));
    return source;
  }

  /**
   * Makes sure that a database exists.
   *
   * @param name at most 63 bytes, any characters
   * @return its JDBC URL
   */
  public String createDatabase(String name) {
    if (name.isBlank() || name.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES_MAX) {
      throw new IllegalArgumentException("a database name has 1 to 63 bytes, not: " + name);
    }
    try (Connection connection = dataSource().getConnection()) {
      if (!exists(connection, name)) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
        }
      }
      return jdbcUrl(name);
    } catch (SQLException e) {
      throw new LocalServerException("Cannot create database " + name + ".", e);
    }
  }

  private static boolean exists(Connection connection, String name) throws SQLException {
    String sql = "SELECT 1 FROM pg_database WHERE datname = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, name);
      try (var rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  /** Describes a server before it is started. Not safe for use by many threads. */
  public static final class Builder {
    private static final Pattern SETTING = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

    private final Map<String, String> settings = new LinkedHashMap<>();
    private @Nullable Path dataFolder;
    private int port = OwnLife.ANY_PORT;
    private Duration startTimeout = Duration.ofSeconds(60);

    private Builder() {
      settings.put("fsync", "on");
      settings.put("synchronous_commit", "on");
      settings.put("full_page_writes", "on");
      settings.put("max_prepared_transactions", "200");
      settings.put("max_connections", "300");
    }

    /**
     * Keeps the data in a folder, which is created if need be and reused if it holds data.
     *
     * @param folder a folder of its own; without one, a temporary folder is used and deleted
     * @return this builder
     */
    public Builder dataFolder(Path folder) {
      this.dataFolder = folder.toAbsolutePath();
      return this;
    }

    /**
     * Listens on a certain port of 127.0.0.1.
     *
     * @param number the port; without one, a free port is chosen and kept over restarts
     * @return this builder
     */
    public Builder port(int number) {
      if (number < 1 || number > 65_535) {
        throw new IllegalArgumentException("a port is a number from 1 to 65535, not " + number);
      }
      this.port = number;
      return this;
    }

    /**
     * Sets one of PostgreSQL's own settings, as in {@code postgresql.conf}.
     *
     * @param name for example {@code wal_level}
     * @param value for example {@code logical}
     * @return this builder
     */
    public Builder setting(String name, String value) {
      if (!SETTING.matcher(name).matches()) {
        throw new IllegalArgumentException("not the name of a PostgreSQL setting: " + name);
      }
      settings.put(name, value);
      return this;
    }

    /**
     * Limits how long a start may take, recovery after a crash included; a minute if not set.
     *
     * @param timeout more than zero
     * @return this builder
     */
    public Builder startTimeout(Duration timeout) {
      if (!timeout.isPositive()) {
        throw new IllegalArgumentException("a timeout is more than zero, not " + timeout);
      }
      this.startTimeout = timeout;
      return this;
    }

    /**
     * Starts the server.
     *
     * @return the server, accepting connections
     * @throws LocalServerException if it could not be started, saying why and what to do
     */
    public LocalPostgres start() {
      if (dataFolder != null && Files.exists(dataFolder.resolve("PG_VERSION"))) {
        throw new LocalServerException(
            dataFolder
                + " is the data folder of another PostgreSQL server:"
                + " choose a folder of its own.");
      }
      return new LocalPostgres(
          DataFolder.of(Product.POSTGRES, dataFolder)
              .handOver(folder ->
                  OwnLife.begin(new PostgresRecipe(folder, settings, startTimeout), port)));
    }
  }
}
