package dev.concordat.examples.services;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/** Pays out to other banks. The bank {@code closed} takes nothing. */
final class Gateway {

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS payment (
        no         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        withdrawal text   NOT NULL,
        amount     bigint NOT NULL
      );
      CREATE TABLE IF NOT EXISTS reversal (
        withdrawal text PRIMARY KEY
      );
      """;

  private Gateway() {}

  static ServicePlan plan() {
    return new ServicePlan("gateway", TABLES)
        .endpoint("process payment", Gateway::pay)
        .endpoint("reverse payment", Gateway::reverse);
  }

  private static Reply pay(Connection tx, JsonNode withdrawal) throws SQLException {
    String id = Request.text(withdrawal, "id");
    if (Sql.number(tx, "SELECT 1 FROM reversal WHERE withdrawal = ?", id).isPresent()) {
      return Reply.refused(id + " was reversed before it was paid");
    }
    if (Request.text(withdrawal, "bank").equals("closed")) {
      return Reply.refused("the receiving bank is closed");
    }
    String pay = "INSERT INTO payment (withdrawal, amount) VALUES (?, ?)";
    Sql.update(tx, pay, id, Request.number(withdrawal, "amount"));
    return Reply.DONE;
  }

  /** Fetches back what was paid, as an entry of its own; the first one refuses later payments. */
  private static Reply reverse(Connection tx, JsonNode withdrawal) throws SQLException {
    String id = Request.text(withdrawal, "id");
    if (Sql.update(tx, "INSERT INTO reversal VALUES (?) ON CONFLICT DO NOTHING", id) == 1) {
      Sql.update(
          tx,
          """
          INSERT INTO payment (withdrawal, amount)
          SELECT withdrawal, -amount FROM payment WHERE withdrawal = ?
          """,
          id);
    }
    return Reply.DONE;
  }
}
