package dev.concordat.saga;

import dev.concordat.core.Bytes;
import dev.concordat.core.CommandHeaders;
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
   * @param tx the transaction that notes that the message was received
   * @param type the reply's type
   * @param headers among them {@link CommandHeaders#SAGA} and {@link CommandHeaders#STEP}, and
   *     {@link CommandHeaders#KIND} for a compensation, as they were on the command
   * @param payload at most 1 MiB
   * @return to be run once it has committed, so that the instance goes on at once; without that it
   *     goes on at the next poll
   * @throws RefusedException if it is no reply, or too large; nothing was done
   */
  public Runnable take(Connection tx, String type, Map<String, String> headers, Bytes payload) {
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
      return () -> {};
    }
    return () -> engine.wakeFor(no.getAsLong());
  }
}
