package dev.concordat.messaging;

import dev.concordat.core.ReceivedMessage;

/** Hears of what consumers do. Called in their threads, so be quick. */
public interface ConsumerListener {

  /**
   * Messages were handled in one transaction, which has committed.
   *
   * @param count how many were new
   * @param known how many had been handled before
   */
  default void handled(String consumer, int count, int known) {}

  /** A message could not be handled, and is tried again. */
  default void failed(String consumer, ReceivedMessage message, int attempts, String reason) {}

  /** A message cannot be handled, and waits for a person with all that follow of its key. */
  default void parked(String consumer, ReceivedMessage message, String reason) {}

  /** A lane stands still until a person acts; the others go on. Said again from time to time. */
  default void stuck(String consumer, String lane, String reason) {}

  /** The broker or the database does not answer; nothing is lost. */
  default void unavailable(String consumer, String reason) {}
}
