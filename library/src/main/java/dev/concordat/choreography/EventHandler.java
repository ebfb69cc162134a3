package dev.concordat.choreography;

import dev.concordat.messaging.Message;
import java.sql.Connection;
import java.util.List;

/** What a service does on an event. Must be thread-safe. */
@FunctionalInterface
public interface EventHandler {

  /**
   * Does it.
   *
   * @param tx in the transaction that also notes it and publishes what it returns; do not commit
   * @return what to publish, of types that were declared; may be empty
   * @throws dev.concordat.core.RefusedException if trying again will not help: the event then waits
   *     for a person. A refusal of the business is no exception but an event to publish
   * @throws Exception anything else: the transaction is rolled back and the event tried again
   */
  List<Message> handle(Connection tx, FlowEvent event) throws Exception;
}
