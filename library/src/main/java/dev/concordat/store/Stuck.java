package dev.concordat.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message that does not get on: a relay could not deliver it, a consumer not handle it, or it
 * waits behind one of its key of which that is true.
 *
 * @param at where it is
 * @param name the relay's or the consumer's name
 * @param no by which to replay or discard it there
 * @param standing whether it waits for a person
 * @param reason why, for people; or null
 * @param since since when, by the database's clock
 */
public record Stuck(
    Place at,
    String name,
    long no,
    Standing standing,
    String topic,
    String type,
    @Nullable String reason,
    Instant since) {

  /** Where a message can be stuck. */
  public enum Place {
    /** It was published, and has not left. */
    RELAY,
    /** It has arrived, and is not handled. */
    CONSUMER
  }

  /** What a stuck message waits for. */
  public enum Standing {
    /** For a person. */
    DEAD,
    /** For its next attempt. */
    RETRYING,
    /** For another message of its key. */
    BEHIND
  }
}
