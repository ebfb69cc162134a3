package dev.concordat.messaging;

import dev.concordat.core.ReceivedMessage;
import java.sql.Connection;

/** What a consumer does with a message. Must be thread-safe. */
@FunctionalInterface
public interface ConsumerHandler {

  /**
   * Handles it.
   *
   * @param tx in the transaction that also notes that it was handled; do not commit
   * @throws dev.concordat.core.RefusedException if trying again will not help: the message then
   *     waits for a person
   * @throws Exception anything else: the transaction is rolled back and the message tried again, as
   *     the consumer's {@link Consumer#retry} says
   */
  void handle(Connection tx, ReceivedMessage message) throws Exception;
}
