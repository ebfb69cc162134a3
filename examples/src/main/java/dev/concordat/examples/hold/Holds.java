package dev.concordat.examples.hold;

import dev.concordat.core.RefusedException;
import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Accounts with what is held on them. What is held is still in the balance, and no longer
 * available. Each method is one transaction's share; whoever calls them twice has made a mistake.
 */
public final class Holds {

  /** The SQL that makes and fills the tables. */
  public static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS account (
        id        text   PRIMARY KEY,
        opening   bigint NOT NULL,
        balance   bigint NOT NULL CHECK (balance >= 0),
        available bigint NOT NULL CHECK (available >= 0)
      );
      CREATE TABLE IF NOT EXISTS hold (
        id      text   PRIMARY KEY,
        account text   NOT NULL REFERENCES account,
        amount  bigint NOT NULL,
        status  text   NOT NULL
      );
      INSERT INTO account
      SELECT 'account-' || n, 100000000, 100000000, 100000000 FROM generate_series(0, 99) AS n
      ON CONFLICT DO NOTHING;
      """;

  private Holds() {}

  /**
   * Holds it.
   *
   * @throws RefusedException if that much is not available
   */
  public static void hold(Connection tx, Holding what) throws SQLException {
    String take = "UPDATE account SET available = available - ? WHERE id = ? AND available >= ?";
    if (Sql.update(tx, take, what.amount(), what.account(), what.amount()) == 0) {
      throw new RefusedException(what.account() + " does not have " + what.amount());
    }
    String note = "INSERT INTO hold VALUES (?, ?, ?, 'HELD')";
    Sql.update(tx, note, what.id(), what.account(), what.amount());
  }

  /** What is held is gone. */
  public static void confirm(Connection tx, String id) throws SQLException {
    end(tx, id, "HELD", "CONFIRMED", "balance = balance - hold.amount");
  }

  /** What is held is available again. */
  public static void release(Connection tx, String id) throws SQLException {
    end(tx, id, "HELD", "RELEASED", "available = available + hold.amount");
  }

  /** What was gone is back. */
  public static void reverse(Connection tx, String id) throws SQLException {
    String back = "available = available + hold.amount, balance = balance + hold.amount";
    end(tx, id, "CONFIRMED", "REVERSED", back);
  }

  private static void end(Connection tx, String id, String from, String to, String change)
      throws SQLException {
    String sql =
        "UPDATE account SET "
            + change
            + " FROM hold WHERE hold.id = ? AND hold.status = ? AND account.id = hold.account";
    int changed = Sql.update(tx, sql, id, from);
    int noted =
        Sql.update(tx, "UPDATE hold SET status = ? WHERE id = ? AND status = ?", to, id, from);
    if (changed != 1 || noted != 1) {
      throw new IllegalStateException(id + " is not " + from + ", so it cannot be " + to);
    }
  }
}
