package dev.concordat.examples.services;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/** Keeps accounts, and what was withdrawn from them. */
final class Accounts {

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS account (
        id      text   PRIMARY KEY,
        opening bigint NOT NULL,
        balance bigint NOT NULL
      );
      CREATE TABLE IF NOT EXISTS withdrawal (
        id      text   PRIMARY KEY,
        account text   NOT NULL,
        amount  bigint NOT NULL,
        status  text   NOT NULL
      );
      INSERT INTO account
      SELECT 'account-' || n, 100000000, 100000000 FROM generate_series(0, 99) AS n
      ON CONFLICT DO NOTHING;
      """;

  private Accounts() {}

  static ServicePlan plan() {
    return new ServicePlan("accounts", TABLES)
        .endpoint("deduct", Accounts::deduct)
        .endpoint("refund", Accounts::refund);
  }

  private static Reply deduct(Connection tx, JsonNode withdrawal) throws SQLException {
    String id = Request.text(withdrawal, "id");
    if (Sql.number(tx, "SELECT 1 FROM withdrawal WHERE id = ?", id).isPresent()) {
      return Reply.refused(id + " was refunded before it was deducted");
    }
    String account = Request.text(withdrawal, "account");
    long amount = Request.number(withdrawal, "amount");
    String take = "UPDATE account SET balance = balance - ? WHERE id = ? AND balance >= ?";
    if (Sql.update(tx, take, amount, account, amount) == 0) {
      return Reply.refused(account + " does not have " + amount);
    }
    Sql.update(tx, "INSERT INTO withdrawal VALUES (?, ?, ?, 'DEDUCTED')", id, account, amount);
    return Reply.DONE;
  }

  /** Gives back what was deducted; if nothing was, the row refuses a deduction that comes late. */
  private static Reply refund(Connection tx, JsonNode withdrawal) throws SQLException {
    String id = Request.text(withdrawal, "id");
    String none = "INSERT INTO withdrawal VALUES (?, ?, 0, 'REFUNDED') ON CONFLICT DO NOTHING";
    if (Sql.update(tx, none, id, Request.text(withdrawal, "account")) == 0) {
      Sql.update(
          tx,
          """
          WITH refunded AS (
            UPDATE withdrawal SET status = 'REFUNDED' WHERE id = ? AND status = 'DEDUCTED'
            RETURNING account, amount)
          UPDATE account SET balance = balance + refunded.amount
          FROM refunded WHERE account.id = refunded.account
          """,
          id);
    }
    return Reply.DONE;
  }
}
