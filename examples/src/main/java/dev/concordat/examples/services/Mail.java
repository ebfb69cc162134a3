package dev.concordat.examples.services;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/**
 * Sends e-mails, which nobody can unsend: a mistake is put right by a second e-mail. Mail to {@code
 * nobody@lost.example} is sent, but the answer that says so never arrives.
 */
final class Mail {

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS mail (
        no         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        withdrawal text   NOT NULL,
        recipient  text   NOT NULL,
        subject    text   NOT NULL
      );
      CREATE TABLE IF NOT EXISTS withdrawn (
        withdrawal text PRIMARY KEY
      );
      """;

  private Mail() {}

  static ServicePlan plan() {
    return new ServicePlan("mail", TABLES)
        .endpoint("notify", Mail::send)
        .endpoint("send correction", Mail::correct);
  }

  private static Reply send(Connection tx, JsonNode withdrawal) throws SQLException {
    String id = Request.text(withdrawal, "id");
    if (Sql.number(tx, "SELECT 1 FROM withdrawn WHERE withdrawal = ?", id).isPresent()) {
      return Reply.refused("the e-mail on " + id + " was withdrawn before it was sent");
    }
    String recipient = Request.text(withdrawal, "email");
    Sql.update(tx, insert("'success'"), id, recipient);
    return recipient.endsWith("@lost.example")
        ? Reply.lost("no answer from the mail server")
        : Reply.DONE;
  }

  /** A second e-mail if there was a first; otherwise a row that keeps the first from being sent. */
  private static Reply correct(Connection tx, JsonNode withdrawal) throws SQLException {
    String id = Request.text(withdrawal, "id");
    if (Sql.update(tx, "INSERT INTO withdrawn VALUES (?) ON CONFLICT DO NOTHING", id) == 1
        && Sql.number(tx, "SELECT 1 FROM mail WHERE withdrawal = ?", id).isPresent()) {
      Sql.update(tx, insert("'correction'"), id, Request.text(withdrawal, "email"));
    }
    return Reply.DONE;
  }

  private static String insert(String subject) {
    return "INSERT INTO mail (withdrawal, recipient, subject) VALUES (?, ?, " + subject + ")";
  }
}
