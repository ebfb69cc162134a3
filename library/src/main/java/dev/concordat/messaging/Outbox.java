package dev.concordat.messaging;

import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.store.NewMessage;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where messages are published: in the transaction that has something to tell. Thread-safe. */
public final class Outbox {

  private final Engine engine;

  /** Used through the door. */
  @SuppressWarnings("exports")
  public Outbox(Engine engine) {
    this.engine = engine;
  }

  /**
   * Publishes messages in the caller's transaction: they leave if it commits, at least once and in
   * the order of their keys, and never if it rolls back.
   *
   * @param connection on the database of this Concordat, inside a transaction; that of a local step
   *     will do
   * @return their ids, in the same order
   * @throws RefusedException if the connection commits by itself; nothing was published
   */
  public List<UUID> publish(Connection connection, Message... messages) {
    requireTransaction(connection);
    List<NewMessage> all = new ArrayList<>(messages.length);
    for (Message message : messages) {
      all.add(made(message));
    }
    if (!all.isEmpty()) {
      engine.store().outbox().append(connection, all);
    }
    return all.stream().map(NewMessage::id).toList();
  }

  private NewMessage made(Message message) {
    @Nullable Instant notBefore =
        message.delay().isPositive() ? engine.now().plus(message.delay()) : null;
    return new NewMessage(
        message.id().orElseGet(engine.platform()::uuid),
        message.topic(),
        message.key().orElse(null),
        message.isOrdered(),
        message.type(),
        message.headers(),
        message.payload(),
        notBefore);
  }

  private static void requireTransaction(Connection connection) {
    try {
      if (!connection.getAutoCommit()) {
        return;
      }
    } catch (SQLException e) {
      throw new RefusedException("nothing was published, because the connection is broken", e);
    }
    throw new RefusedException(
        "nothing was published: the connection commits by itself, so there is no transaction to"
            + " take part in. Call setAutoCommit(false).");
  }
}
