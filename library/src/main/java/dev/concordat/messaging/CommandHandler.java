package dev.concordat.messaging;

import dev.concordat.core.Reply;
import java.sql.Connection;

/** What a participant does with a command. Must be thread-safe. */
@FunctionalInterface
public interface CommandHandler {

  /**
   * Does what the command asks for. It is called once for each idempotency key, as far as
   * transactions commit.
   *
   * @param tx in the transaction that also keeps the reply and publishes it; do not commit
   * @return the reply; of one that refuses, everything done in {@code tx} is taken back
   * @throws dev.concordat.core.RefusedException to refuse, with its message as the reason
   * @throws Exception anything else: nothing was done, and the command is handled again
   */
  Reply handle(Connection tx, ReceivedCommand command) throws Exception;
}
