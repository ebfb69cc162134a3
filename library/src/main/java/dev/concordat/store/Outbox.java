package dev.concordat.store;

import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import java.sql.Connection;
import java.util.List;

/** Published messages, in the order in which they became visible. */
public interface Outbox {

  /**
   * Publishes messages in a transaction of the caller's: they will leave if it commits and never if
   * it rolls back.
   *
   * @param connection the caller's, on the store's database
   */
  void append(Connection connection, List<NewMessage> messages);

  /**
   * Reads on.
   *
   * @param cursor where the reader is; both ticks must be known to the store
   * @param most the most to read: at least one message if there is one, and after it no more once
   *     their payloads have so many bytes
   * @param lane which of the lanes; a key is always in the same one
   * @param lanes into how many lanes the reader divides all messages
   * @return messages in order of their positions; if they do not fill {@code most}, there are no
   *     more at {@code cursor.to()}
   */
  List<StoredMessage> page(Cursor cursor, Portion most, int lane, int lanes);

  /**
   * Gives back the space of messages that every relay is past. Does nothing where that would have
   * to wait for somebody.
   *
   * @return how many parts of the table were emptied
   */
  int trim();
}
