package dev.concordat.examples.services;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/** Keeps orders: CREATED, then CONFIRMED or CANCELLED. */
final class Orders {

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS orders (
        id       text   PRIMARY KEY,
        customer text   NOT NULL,
        item     text   NOT NULL,
        quantity int    NOT NULL,
        amount   bigint NOT NULL,
        status   text   NOT NULL
      );
      """;

  private Orders() {}

  static ServicePlan plan() {
    return new ServicePlan("orders", TABLES)
        .endpoint("create order", Orders::create)
        .endpoint("cancel order", Orders::cancel)
        .endpoint("confirm order", Orders::confirm);
  }

  private static Reply create(Connection tx, JsonNode order) throws SQLException {
    return insert(tx, order, "CREATED") == 1
        ? Reply.DONE
        : Reply.refused("order " + Request.text(order, "id") + " exists, or was cancelled before");
  }

  /** An order that never came, or comes late, leaves a cancelled row that keeps it out. */
  private static Reply cancel(Connection tx, JsonNode order) throws SQLException {
    if (insert(tx, order, "CANCELLED") == 0) {
      move(tx, order, "CANCELLED");
    }
    return Reply.DONE;
  }

  private static Reply confirm(Connection tx, JsonNode order) throws SQLException {
    return move(tx, order, "CONFIRMED") == 1
        ? Reply.DONE
        : Reply.refused("order " + Request.text(order, "id") + " is not open");
  }

  private static int insert(Connection tx, JsonNode order, String status) throws SQLException {
    return Sql.update(
        tx,
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        Request.text(order, "id"),
        Request.text(order, "customer"),
        Request.text(order, "item"),
        Request.number(order, "quantity"),
        Request.number(order, "amount"),
        status);
  }

  private static int move(Connection tx, JsonNode order, String status) throws SQLException {
    return Sql.update(
        tx,
        "UPDATE orders SET status = ? WHERE id = ? AND status = 'CREATED'",
        status,
        Request.text(order, "id"));
  }
}
