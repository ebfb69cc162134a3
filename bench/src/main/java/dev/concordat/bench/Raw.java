package dev.concordat.bench;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.bench.Shop.Purchase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The work in plain SQL, each step in a transaction of its own, as an application writes it. */
final class Raw {

  private interface Step {
    void in(Connection tx, Purchase purchase) throws SQLException;
  }

  private final HikariDataSource pool;

  Raw(HikariDataSource pool) {
    this.pool = pool;
  }

  /** Three steps. */
  void buy(long no) throws SQLException {
    Purchase purchase = Purchase.of(no);
    transaction(Shop::enter, purchase);
    transaction(Shop::pay, purchase);
    transaction(Shop::book, purchase);
  }

  /** Three steps, of which the last is refused, and the other two compensated. */
  void buyInVain(long no) throws SQLException {
    Purchase purchase = Purchase.of(no);
    transaction(Shop::enter, purchase);
    transaction(Shop::pay, purchase);
    refused(Shop::book, purchase);
    transaction(Shop::payBack, purchase);
    transaction(Shop::cancel, purchase);
  }

  /** One row in one statement that commits by itself. */
  void insert(long no) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement("INSERT INTO effect (no, what) VALUES (?, ?)")) {
      statement.setLong(1, no);
      statement.setString(2, "raw");
      statement.executeUpdate();
    }
  }

  private void transaction(Step step, Purchase purchase) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      step.in(connection, purchase);
      connection.commit();
    }
  }

  private void refused(Step step, Purchase purchase) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      step.in(connection, purchase);
      connection.rollback();
    }
  }
}
