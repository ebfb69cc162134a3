package dev.concordat.test;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.RetryPolicy;
import dev.concordat.saga.Call;
import dev.concordat.saga.OutsideAction;
import dev.concordat.saga.Saga;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** A participant of real processes: effects in a table, one for each key, and how often it came. */
final class Ledger {

  static final String SCHEMA = "concordat";
  static final Duration LEASE = Duration.ofSeconds(1);

  private final DataSource source;

  Ledger(DataSource source) {
    this.source = source;
  }

  static HikariDataSource connect(String jdbcUrl) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setMaximumPoolSize(16);
    return new HikariDataSource(config);
  }

  void create() {
    run(
        "CREATE TABLE effect (instance text, op text, key text, calls int NOT NULL DEFAULT 1,"
            + " PRIMARY KEY (op, key))",
        statement -> statement.executeUpdate());
  }

  /** A saga of three steps; whoever enters the middle one tells {@code middle}. */
  static Saga<Job> saga(Ledger ledger, Consumer<Call> middle) {
    RetryPolicy patient =
        RetryPolicy.exponential(Duration.ofMillis(10)).upTo(Duration.ofMillis(200)).attempts(50);
    return Saga.named("three steps", Job.class)
        .step("first", ledger.act(call -> {}))
        .retry(patient)
        .compensate((job, call) -> {})
        .step("middle", ledger.act(middle))
        .retry(patient)
        .compensate((job, call) -> {})
        .local("last", (tx, job) -> job)
        .retry(patient)
        .noCompensation("it is the last step")
        .build();
  }

  private OutsideAction<Job> act(Consumer<Call> before) {
    return (job, call) -> {
      before.accept(call);
      run(
          "INSERT INTO effect (instance, op, key) VALUES (?, ?, ?)"
              + " ON CONFLICT (op, key) DO UPDATE SET calls = effect.calls + 1",
          statement -> {
            statement.setString(1, call.instance());
            statement.setString(2, call.step());
            statement.setString(3, call.key());
            return statement.executeUpdate();
          });
      return job;
    };
  }

  /** How many effects that step of all instances, or of one, has. */
  int effects(String op, String like) {
    return run(
        "SELECT count(*) FROM effect WHERE op = ? AND instance LIKE ?",
        statement -> {
          statement.setString(1, op);
          statement.setString(2, like);
          try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getInt(1);
          }
        });
  }

  private interface Work {
    int with(PreparedStatement statement) throws SQLException;
  }

  private int run(String sql, Work work) {
    try (Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      return work.with(statement);
    } catch (SQLException e) {
      throw new LostException(e);
    }
  }

  /** What a participant's client throws when the connection broke. */
  static final class LostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LostException(SQLException cause) {
      super(cause);
    }
  }
}
