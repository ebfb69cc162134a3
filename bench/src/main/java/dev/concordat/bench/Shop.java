package dev.concordat.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * The business of the cases with local steps: a purchase is entered, paid from an account, and
 * booked. Both sides run these very statements.
 */
final class Shop {

  /** Accounts are many, so that clients seldom meet at one. */
  private static final int ACCOUNTS = 10_000;

  private static final int PRICE = 5;

  static final String TABLES =
      """
      CREATE TABLE account (no int PRIMARY KEY, balance bigint NOT NULL);
      INSERT INTO account SELECT n, 1000000 FROM generate_series(0, %d) n;
      CREATE TABLE purchase (no bigint PRIMARY KEY, account int NOT NULL, amount int NOT NULL,
        cancelled boolean NOT NULL DEFAULT false);
      CREATE TABLE ledger (purchase bigint PRIMARY KEY, account int NOT NULL, amount int NOT NULL);
      CREATE TABLE effect (no bigint PRIMARY KEY, what text NOT NULL);
      """
          .formatted(ACCOUNTS - 1);

  /**
   * One purchase.
   *
   * @param no its number
   * @param account who pays
   * @param amount how much, in minor units
   */
  record Purchase(long no, int account, int amount) {
    static Purchase of(long no) {
      return new Purchase(no, (int) (no % ACCOUNTS), PRICE);
    }
  }

  /** The law of single rows. */
  static final Law EFFECTS = new Law("rows", "SELECT count(*) FROM effect", 1);

  private Shop() {}

  static Purchase enter(Connection tx, Purchase purchase) throws SQLException {
    String sql = "INSERT INTO purchase (no, account, amount) VALUES (?, ?, ?)";
    try (PreparedStatement statement = tx.prepareStatement(sql)) {
      statement.setLong(1, purchase.no());
      statement.setInt(2, purchase.account());
      statement.setInt(3, purchase.amount());
      statement.executeUpdate();
    }
    return purchase;
  }

  static Purchase pay(Connection tx, Purchase purchase) throws SQLException {
    move(tx, purchase.account(), -purchase.amount());
    return purchase;
  }

  static Purchase book(Connection tx, Purchase purchase) throws SQLException {
    String sql = "INSERT INTO ledger (purchase, account, amount) VALUES (?, ?, ?)";
    try (PreparedStatement statement = tx.prepareStatement(sql)) {
      statement.setLong(1, purchase.no());
      statement.setInt(2, purchase.account());
      statement.setInt(3, purchase.amount());
      statement.executeUpdate();
    }
    return purchase;
  }

  static void payBack(Connection tx, Purchase purchase) throws SQLException {
    move(tx, purchase.account(), purchase.amount());
  }

  static void cancel(Connection tx, Purchase purchase) throws SQLException {
    String sql = "UPDATE purchase SET cancelled = true WHERE no = ?";
    try (PreparedStatement statement = tx.prepareStatement(sql)) {
      statement.setLong(1, purchase.no());
      statement.executeUpdate();
    }
  }

  private static void move(Connection tx, int account, int amount) throws SQLException {
    String sql = "UPDATE account SET balance = balance + ? WHERE no = ?";
    try (PreparedStatement statement = tx.prepareStatement(sql)) {
      statement.setInt(1, amount);
      statement.setInt(2, account);
      statement.executeUpdate();
    }
  }

  /** The laws of purchases that went through. */
  static List<Law> bought() {
    return List.of(
        new Law("purchases", "SELECT count(*) FROM purchase WHERE NOT cancelled", 1),
        new Law("bookings", "SELECT count(*) FROM ledger", 1),
        new Law("money paid", "SELECT -sum(balance) FROM account", PRICE));
  }

  /** The laws of purchases that were refused when they were to be booked. */
  static List<Law> cancelled() {
    return List.of(
        new Law("cancelled purchases", "SELECT count(*) FROM purchase WHERE cancelled", 1),
        new Law("open purchases", "SELECT count(*) FROM purchase WHERE NOT cancelled", 0),
        new Law("bookings", "SELECT count(*) FROM ledger", 0),
        new Law("money paid", "SELECT -sum(balance) FROM account", 0));
  }
}
