package dev.concordat.examples.services;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/** Keeps customers' money: holds it for an order, gives it back, or takes it. */
final class Payments {

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS account (
        customer text   PRIMARY KEY,
        opening  bigint NOT NULL,
        balance  bigint NOT NULL
      );
      CREATE TABLE IF NOT EXISTS hold (
        order_id text   PRIMARY KEY,
        customer text   NOT NULL,
        amount   bigint NOT NULL,
        status   text   NOT NULL
      );
      CREATE TABLE IF NOT EXISTS charge (
        no       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_id text   NOT NULL,
        amount   bigint NOT NULL
      );
      INSERT INTO account
      SELECT 'customer-' || n, 100000000, 100000000 FROM generate_series(0, 99) AS n
      ON CONFLICT DO NOTHING;
      """;

  private Payments() {}

  static ServicePlan plan() {
    return new ServicePlan("payments", TABLES)
        .endpoint("reserve funds", Payments::reserve)
        .endpoint("release funds", Payments::release)
        .endpoint("capture payment", Payments::capture);
  }

  private static Reply reserve(Connection tx, JsonNode order) throws SQLException {
    String id = Request.text(order, "id");
    if (Sql.number(tx, "SELECT 1 FROM hold WHERE order_id = ?", id).isPresent()) {
      return Reply.refused("the hold for " + id + " was released before it was asked for");
    }
    String customer = Request.text(order, "customer");
    long amount = Request.number(order, "amount");
    String take = "UPDATE account SET balance = balance - ? WHERE customer = ? AND balance >= ?";
    if (Sql.update(tx, take, amount, customer, amount) == 0) {
      return Reply.refused(customer + " does not have " + amount);
    }
    Sql.update(tx, "INSERT INTO hold VALUES (?, ?, ?, 'HELD')", id, customer, amount);
    return Reply.DONE;
  }

  /** Gives back what is held; if nothing is, the row it leaves refuses a hold that comes late. */
  private static Reply release(Connection tx, JsonNode order) throws SQLException {
    String id = Request.text(order, "id");
    String none = "INSERT INTO hold VALUES (?, ?, 0, 'RELEASED') ON CONFLICT DO NOTHING";
    if (Sql.update(tx, none, id, Request.text(order, "customer")) == 0) {
      Sql.update(
          tx,
          """
          WITH released AS (
            UPDATE hold SET status = 'RELEASED' WHERE order_id = ? AND status = 'HELD'
            RETURNING customer, amount)
          UPDATE account SET balance = balance + released.amount
          FROM released WHERE account.customer = released.customer
          """,
          id);
    }
    return Reply.DONE;
  }

  private static Reply capture(Connection tx, JsonNode order) throws SQLException {
    int taken =
        Sql.update(
            tx,
            """
            WITH captured AS (
              UPDATE hold SET status = 'CAPTURED' WHERE order_id = ? AND status = 'HELD'
              RETURNING order_id, amount)
            INSERT INTO charge (order_id, amount) SELECT order_id, amount FROM captured
            """,
            Request.text(order, "id"));
    return taken == 1 ? Reply.DONE : Reply.refused("no money is held for this order");
  }
}
