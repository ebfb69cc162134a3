package dev.concordat.messaging;

import dev.concordat.core.StoredMessage;
import java.time.Duration;

/** Hears of what relays do. Called in the relay's thread, so be quick. */
public interface RelayListener {

  /**
   * Messages are behind the checkpoint.
   *
   * @param count how many
   * @param age how long ago the last of them was published
   */
  default void relayed(String relay, int lane, int count, Duration age) {}

  /** A message cannot be delivered, and waits for a person with all that follow of its key. */
  default void parked(String relay, StoredMessage message, String reason) {}

  /** The other side takes nothing. */
  default void unavailable(String relay, int lane, String reason) {}
}
