package dev.concordat.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message to be parked.
 *
 * @param message the message, which is copied
 * @param state why it waits
 * @param reason what went wrong, for people; or null
 * @param due when it is to be tried again, or null for when somebody says so
 */
public record Parking(
    StoredMessage message, State state, @Nullable String reason, @Nullable Instant due) {

  /** Why a parked message waits. */
  public enum State {
    /** It cannot be delivered, and waits for a person. */
    PARKED,
    /** Another message of its key waits before it. */
    BEHIND,
    /** Others were taken and it was not; it is tried again by itself. */
    HELD,
    /** It is not to leave before its time. */
    DELAYED,
    /** A person gave it up; it goes as soon as the relay looks. */
    DISCARDED
  }
}
