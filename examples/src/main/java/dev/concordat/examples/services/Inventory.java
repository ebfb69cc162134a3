package dev.concordat.examples.services;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/** Keeps stock, and reserves it for orders. Of {@code the last lamp} there is none left. */
final class Inventory {

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS stock (
        item    text PRIMARY KEY,
        opening int  NOT NULL,
        on_hand int  NOT NULL
      );
      CREATE TABLE IF NOT EXISTS reservation (
        order_id text PRIMARY KEY,
        item     text NOT NULL,
        quantity int  NOT NULL,
        status   text NOT NULL
      );
      INSERT INTO stock
      SELECT 'book-' || n, 1000000, 1000000 FROM generate_series(0, 99) AS n
      ON CONFLICT DO NOTHING;
      INSERT INTO stock VALUES ('the last lamp', 0, 0) ON CONFLICT DO NOTHING;
      """;

  private Inventory() {}

  static ServicePlan plan() {
    return new ServicePlan("inventory", TABLES)
        .endpoint("reserve stock", Inventory::reserve)
        .endpoint("release stock", Inventory::release);
  }

  private static Reply reserve(Connection tx, JsonNode order) throws SQLException {
    String id = Request.text(order, "id");
    if (Sql.number(tx, "SELECT 1 FROM reservation WHERE order_id = ?", id).isPresent()) {
      return Reply.refused("the stock for " + id + " was released before it was asked for");
    }
    String item = Request.text(order, "item");
    long quantity = Request.number(order, "quantity");
    String take = "UPDATE stock SET on_hand = on_hand - ? WHERE item = ? AND on_hand >= ?";
    if (Sql.update(tx, take, quantity, item, quantity) == 0) {
      return Reply.refused("out of stock: " + item);
    }
    Sql.update(tx, "INSERT INTO reservation VALUES (?, ?, ?, 'RESERVED')", id, item, quantity);
    return Reply.DONE;
  }

  /** Puts back what is reserved; if nothing is, the row refuses a reservation that comes late. */
  private static Reply release(Connection tx, JsonNode order) throws SQLException {
    String id = Request.text(order, "id");
    String none = "INSERT INTO reservation VALUES (?, ?, 0, 'RELEASED') ON CONFLICT DO NOTHING";
    if (Sql.update(tx, none, id, Request.text(order, "item")) == 0) {
      Sql.update(
          tx,
          """
          WITH released AS (
            UPDATE reservation SET status = 'RELEASED' WHERE order_id = ? AND status = 'RESERVED'
            RETURNING item, quantity)
          UPDATE stock SET on_hand = on_hand + released.quantity
          FROM released WHERE stock.item = released.item
          """,
          id);
    }
    return Reply.DONE;
  }
}
