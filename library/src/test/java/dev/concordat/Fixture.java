package dev.concordat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaBuilder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** One PostgreSQL for all tests of this JVM, and a database of its own for each test. */
final class Fixture implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final LocalPostgres POSTGRES = LocalPostgres.start();
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final LocalPostgres postgres;
  final HikariDataSource pool;

  private Fixture(LocalPostgres postgres, HikariDataSource pool) {
    this.postgres = postgres;
    this.pool = pool;
  }

  static Fixture open() {
    return open(POSTGRES, 16);
  }

  static Fixture withConnections(int connections) {
    return open(POSTGRES, connections);
  }

  static Fixture on(LocalPostgres postgres) {
    return open(postgres, 16);
  }

  private static Fixture open(LocalPostgres postgres, int connections) {
    String url = postgres.createDatabase("test" + DATABASES.incrementAndGet());
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(connections);
    config.setConnectionTimeout(2000);
    config.setInitializationFailTimeout(-1);
    Fixture fixture = new Fixture(postgres, new HikariDataSource(config));
    fixture.sql("CREATE TABLE ledger (what text NOT NULL, at bigserial)");
    return fixture;
  }

  LocalPostgres postgres() {
    return postgres;
  }

  ConcordatBuilder concordat(Saga<?>... sagas) {
    return Concordat.on(pool).sagas(sagas).lease(Duration.ofSeconds(2)).poll(Duration.ofMillis(20));
  }

  void sql(String text, Object... values) {
    try (Connection connection = pool.getConnection()) {
      sql(connection, text, values);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static void sql(Connection connection, String text, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.execute();
    }
  }

  /** Writes a line into the ledger, in the step's transaction. */
  static void note(Connection tx, String what) throws SQLException {
    sql(tx, "INSERT INTO ledger (what) VALUES (?)", what);
  }

  /** The ledger's lines in order, with commas between them. */
  String ledger() {
    return text("SELECT coalesce(string_agg(what, ',' ORDER BY at), '') FROM ledger");
  }

  String text(String query) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? String.valueOf(row.getString(1)) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first column of all rows. */
  List<String> strings(String query) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      List<String> all = new ArrayList<>();
      while (row.next()) {
        all.add(String.valueOf(row.getString(1)));
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the query gives that text. */
  void await(String query, String wanted) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!text(query).equals(wanted)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(query + " never gave " + wanted + " but " + text(query));
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** What the sagas of the tests hand on. */
  record Trip(String name, int amount, String hold, String note) {
    static Trip of(String name) {
      return new Trip(name, 10, "", "");
    }

    Trip withHold(String newHold) {
      return new Trip(name, amount, newHold, note);
    }

    Trip withNote(String newNote) {
      return new Trip(name, amount, hold, newNote);
    }

    Trip withAmount(int newAmount) {
      return new Trip(name, newAmount, hold, note);
    }
  }

  /** Adds a local step that notes its name, and its compensation with a minus before it. */
  static SagaBuilder<Trip> noting(SagaBuilder<Trip> saga, String step) {
    return saga.local(
            step,
            (tx, trip) -> {
              note(tx, step);
              return trip;
            })
        .compensate((tx, trip) -> note(tx, "-" + step));
  }

  @Override
  public void close() {
    pool.close();
  }
}
