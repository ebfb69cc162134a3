package dev.concordat.store;

import dev.concordat.core.Bytes;
import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;

/** Which messages each consumer has handled, noted in the transaction that handled them. */
public interface Inbox {

  /**
   * Notes in a transaction of the caller's that a message is being handled. Waits for another open
   * transaction that is handling the same one.
   *
   * @param connection the caller's, inside a transaction on the store's database
   * @param consumer who handles it; each consumer handles each message once
   * @param message the message's id
   * @param hash of what it says
   */
  Notice note(Connection connection, String consumer, String message, Bytes hash);

  /** What the inbox says of a message. */
  enum Notice {
    /** Nobody has handled it: handle it now. */
    NEW,
    /** It was handled: leave it. */
    KNOWN,
    /** Another message was handled under this id, which should not be. */
    DIFFERENT
  }

  /**
   * Asks that nobody forget what is remembered here, in {@link Reactions} and in {@link
   * StoredReplies} before it is that old. The longest that was ever asked for counts. Durable on
   * return.
   */
  void remember(Duration age);

  /** The longest that was asked for, or empty if nobody asked. */
  Optional<Duration> remembered();

  /** Forgets what was handled longer ago than that, so many at most. Returns how many it were. */
  int forget(Duration age, int most);
}
