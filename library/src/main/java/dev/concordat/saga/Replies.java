package dev.concordat.saga;

import dev.concordat.core.Bytes;
import dev.concordat.core.CommandHeaders;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import java.sql.Connection;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where replies to commands come in, from whatever receives them: each becomes a letter to its
 * instance, in the transaction that notes that it was received. Thread-safe.
 */
public final class Replies {

  private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

  // A reply is kept in the journal.
  private static final int MAX_PAYLOAD = 1024 * 1024;

  private final Engine engine;

  Replies(Engine engine) {
    this.engine = engine;
  }

  /**
   * Takes a reply. It counts if that transaction commits. A reply of which nothing waits does no
   * harm: it is noted in the journal of its instance, or logged if there is no such instance here.
   *
   * @param tx the transaction that notes that the message was received; once it has committed,
   *     {@code Concordat.wake} lets the instance go on at once instead of at the next poll
   * @param message with the headers of its command: {@link CommandHeaders#SAGA}, {@link
   *     CommandHeaders#STEP}, {@link CommandHeaders#KIND} and {@link CommandHeaders#ATTEMPT}; and a
   *     payload of at most 1 MiB
   * @throws RefusedException if it is no reply, or too large; nothing was done
   */
  public void take(Connection tx, ReceivedMessage message) {
    String type = message.type();
    Map<String, String> headers = message.headers();
    Bytes payload = message.payload();
    String id = headers.get(CommandHeaders.SAGA);
    if (id == null || headers.get(CommandHeaders.STEP) == null) {
      throw new RefusedException(
          "a message "
              + type
              + " is no reply: it lacks the header "
              + (id == null ? CommandHeaders.SAGA : CommandHeaders.STEP)
              + ", which a reply copies from its command; nothing was done");
    }
    if (payload.length() > MAX_PAYLOAD) {
      throw new RefusedException(
          "a reply has at most "
              + MAX_PAYLOAD
              + " bytes, and this one to '"
              + id
              + "' "
              + payload.length()
              + "; nothing was done. Let the participant reply with a reference.");
    }
    String body = LetterBody.reply(ReplyBody.of(type, headers, payload));
    OptionalLong no = engine.store().mailbox().postWithin(tx, id, LetterBody.REPLY, body);
    if (no.isEmpty()) {
      LOG.warn(
          "A reply {} came for an instance '{}' that is not here, and is dropped. Find out whether"
              + " its participant replies to the wrong topic.",
          type,
          id);
    }
  }
}
