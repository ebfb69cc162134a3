package dev.concordat.messaging;

import dev.concordat.core.Bytes;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.store.Inbox.Notice;
import java.sql.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles each message once for each consumer: that it was handled is noted in the transaction that
 * handles it. Holds for effects in that database, and for as long as messages are remembered.
 * Thread-safe.
 */
public final class Inbox {

  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);
  private static final int MAX_NAME = 255;

  private final Engine engine;

  /** Used through the door. */
  @SuppressWarnings("exports")
  public Inbox(Engine engine) {
    this.engine = engine;
  }

  /** What a consumer does with a message. */
  public interface Handler {

    /**
     * Handles it.
     *
     * @param tx in the transaction that also notes that it was handled; do not commit
     * @throws Exception anything: then the transaction is rolled back, and the message may be
     *     delivered again
     */
    void handle(Connection tx) throws Exception;
  }

  /**
   * Handles a message in a transaction of its own, unless it was handled before.
   *
   * <p><b>Durable when it returns.</b>
   *
   * @param consumer who handles it, for instance a service's name; another name handles everything
   *     anew
   * @param message the message's id, 1 to 255 characters
   * @param payload what it says, by which two messages under one id are found out
   * @return false if it was handled before
   * @throws RefusedException if another message was handled under this id, or there is no
   *     connection
   * @throws OutcomeUnknownException if the answer to COMMIT was lost: handle it again to find out
   * @throws Exception whatever the handler throws; then nothing was done
   */
  public boolean handle(String consumer, String message, Bytes payload, Handler handler)
      throws Exception {
    return engine
        .store()
        .transactions()
        .run(
            message,
            connection -> {
              boolean isNew = isNew(connection, consumer, message, payload);
              if (isNew) {
                handler.handle(connection);
              }
              return isNew;
            });
  }

  /**
   * Notes in a transaction of the caller's that a message is being handled there.
   *
   * @return false if it was handled before: then leave it
   * @throws RefusedException if another message was handled under this id
   */
  public boolean isNew(Connection connection, String consumer, String message, Bytes payload) {
    named("consumer", consumer);
    named("message's id", message);
    Notice notice = engine.store().inbox().note(connection, consumer, message, payload.sha256());
    if (notice == Notice.DIFFERENT) {
      LOG.error(
          "'{}' got another message under the id '{}' of one that it has handled. It is refused;"
              + " find out who gives ids twice.",
          consumer,
          message);
      throw new RefusedException(
          "another message was handled under the id '"
              + message
              + "', and this one says something else; nothing was done");
    }
    return notice == Notice.NEW;
  }

  private static void named(String what, String name) {
    if (name.isEmpty() || name.length() > MAX_NAME || name.indexOf('\0') >= 0) {
      throw new RefusedException(
          "a " + what + " has 1 to " + MAX_NAME + " characters, none of them NUL");
    }
  }
}
