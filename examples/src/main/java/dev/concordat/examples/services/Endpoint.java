package dev.concordat.examples.services;

import java.sql.Connection;
import java.sql.SQLException;
import tools.jackson.databind.JsonNode;

/** One thing a service does. */
@FunctionalInterface
interface Endpoint {

  /**
   * Does it. Whoever refuses must not have written anything before.
   *
   * @param tx a transaction that the answer is stored in, too
   * @param request the body
   */
  Reply handle(Connection tx, JsonNode request) throws SQLException;
}
