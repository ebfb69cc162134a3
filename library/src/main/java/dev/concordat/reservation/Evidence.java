package dev.concordat.reservation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What somebody said about the effect of a call to an outside system.
 *
 * @param source who said it; where two differ, the one that ranks higher is believed
 * @param finding what was said
 * @param amount what moved, or null if that was not said
 * @param reference what the outside system calls it, or null if that was not said
 * @param event what tells this piece of evidence from others of its source; the same said twice
 *     counts once
 * @param at when it was said, by the clock of who said it
 * @param detail for people
 */
public record Evidence(
    Source source,
    Finding finding,
    @Nullable Money amount,
    @Nullable String reference,
    String event,
    Instant at,
    String detail) {

  /** Where evidence comes from, weakest first. */
  public enum Source {
    /** The answer to our call. */
    ANSWER,
    /** The answer to our question how it stands. */
    STATUS,
    /** What the outside system told us by itself, signed. */
    CALLBACK,
    /** The file that money is settled by. */
    SETTLEMENT,
    /** A person, who gave a reason. */
    PERSON
  }

  /** What was found. */
  public enum Finding {
    /** It happened. */
    DONE,
    /** It certainly did not happen and will not. */
    REFUSED,
    /** It is under way over there. */
    PENDING,
    /** Over there nobody knows of it; it may arrive yet. */
    NOT_FOUND,
    /** It happened and was taken back over there: voided, refunded, charged back. */
    REVERSED
  }
}
