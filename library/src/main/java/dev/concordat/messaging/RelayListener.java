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

  /**
   * How a lane stands. Said about once a second while somebody works at it, also while nothing
   * leaves, or the sink does not even begin.
   *
   * @param behind how many messages have been published since its checkpoint, at most; those of
   *     other lanes are counted too
   * @param age how long ago the oldest of this lane's beyond its checkpoint was published, whether
   *     it has been read or not; zero if there are none
   * @param parked how many messages are parked, those that wait behind others included
   */
  default void standing(String relay, int lane, long behind, Duration age, long parked) {}

  /** A message cannot be delivered, and waits for a person with all that follow of its key. */
  default void parked(String relay, StoredMessage message, String reason) {}

  /** The other side takes nothing. */
  default void unavailable(String relay, int lane, String reason) {}
}
