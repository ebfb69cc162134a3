package dev.concordat.messaging;

import dev.concordat.core.StoredMessage;
import java.util.List;

/**
 * Where a relay sends messages: a broker, as a rule. Used by one thread for each lane of the relay,
 * so it must be thread-safe.
 *
 * <p>Of one topic and key a relay has one message under way at a time. Those that were delayed, or
 * parked and are tried again, do not count: they may be under way beside it and each other.
 */
public interface Sink extends AutoCloseable {

  /**
   * Sends messages, and says of each what became of it: now or later, in any order, from any
   * thread. May block while the other side is slow; an exception counts as {@link
   * Receipts#unavailable} for all of which nothing was said.
   *
   * @param messages at least one, in their order
   */
  void send(List<StoredMessage> messages, Receipts receipts);

  /**
   * What one claim of a lane sends through, until the lane is given back or lost. Unless a sink
   * says otherwise, itself.
   *
   * @throws RuntimeException if it cannot send at present; the lane is given back, and claimed anew
   */
  default Sender claimed(String relay, int lane) {
    return this::send;
  }

  /** Lets go of what it holds. */
  @Override
  default void close() {}

  /** Sends for one claim of one lane. Used by one thread. */
  interface Sender extends AutoCloseable {

    /** As {@link Sink#send}. */
    void send(List<StoredMessage> messages, Receipts receipts);

    /**
     * The relay has noted that these were delivered, and will not send them again; unless its
     * database crashes within the next few moments, for it notes without forcing to the disk.
     */
    default void settled(List<StoredMessage> messages) {}

    /** The same is true of all that was delivered under earlier claims of the lane. */
    default void settledEarlier() {}

    /** Whether it sends nothing more: then the lane is given back, and claimed anew. */
    default boolean isOver() {
      return false;
    }

    /** Lets go of what it holds. */
    @Override
    default void close() {}
  }

  /** What became of messages that were sent. */
  interface Receipts {

    /** It is there for good, as the other side has confirmed. */
    void delivered(StoredMessage message);

    /**
     * It will never be taken as it is: too large, not allowed, no such place. It is parked with all
     * that follow of its key.
     *
     * @param reason what a person must know to mend it
     */
    void rejected(StoredMessage message, String reason);

    /**
     * The other side took nothing, or gave no answer. It is sent again, after a wait; and without
     * holding up the others if those are delivered.
     *
     * @param reason what went wrong, for people
     */
    void unavailable(StoredMessage message, String reason);
  }
}
