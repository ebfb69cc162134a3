package dev.concordat.store;

import dev.concordat.core.Cursor;
import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who relays what and how far. A lane belongs to whoever claimed it last; every write carries the
 * epoch of its claim, and is refused once somebody else has claimed the lane.
 */
public interface Relays {

  /**
   * Enters a relay, if it is new, before all that is published.
   *
   * @param lanes into how many lanes it divides all messages; for an old relay it must be the same
   * @throws dev.concordat.core.RefusedException if it is another number
   */
  void enter(String relay, int lanes);

  /** Claims a lane whose lease has ended, if there is one. Durable when it returns. */
  Optional<Claim> claim(String relay, Duration lease);

  /**
   * A lane that is ours.
   *
   * @param lane its number, from 0
   * @param epoch under which to write
   * @param cursor how far its last owner was
   * @param parked the keys that are parked
   */
  record Claim(int lane, long epoch, Cursor cursor, Set<MessageKey> parked) {

    /** Copies the keys. */
    public Claim {
      parked = Set.copyOf(parked);
    }
  }

  /**
   * Notes how far the relay is and parks messages, both or neither, and lets the lease run from
   * now. May be lost in a crash of the database, as a whole; then messages are sent again.
   *
   * @return false if the lane belongs to somebody else now: nothing was written
   */
  boolean checkpoint(
      String relay, int lane, long epoch, Cursor cursor, List<Parking> parkings, Duration lease);

  /**
   * Parked messages that are due, in order of their positions.
   *
   * @param most the most to read: at least one message if there is one, and after it no more once
   *     their payloads have so many bytes
   * @return if they do not fill {@code most}, no more are due
   */
  List<DueMessage> due(String relay, int lane, Portion most);

  /**
   * Removes parked messages that were delivered or given up, and makes the next of their keys due.
   *
   * @return of which of their keys no message is parked any more, or empty if the lane belongs to
   *     somebody else now
   */
  Optional<Set<MessageKey>> settle(
      String relay, int lane, long epoch, List<StoredMessage> messages);

  /**
   * Parks messages again that still could not be delivered, all or none.
   *
   * @return false if the lane belongs to somebody else now: nothing was written
   */
  boolean park(String relay, int lane, long epoch, List<Parking> parkings);

  /** Gives a lane back, for others to claim at once. */
  void release(String relay, int lane, long epoch);

  /** What is parked and waits for people, oldest first, as committed now. */
  List<DeadLetter> deadLetters(String relay, int most);

  /**
   * A message that waits for a person.
   *
   * @param message the message
   * @param reason why
   * @param behind how many of its key wait behind it
   * @param parkedAt since when, by the database's clock
   */
  record DeadLetter(StoredMessage message, @Nullable String reason, int behind, Instant parkedAt) {}

  /** What is held and tried again by itself, oldest first, as committed now. */
  List<DeadLetter> held(String relay, int most);

  /**
   * Messages that have that header and do not get on, oldest first, as committed now. Delayed ones
   * are not among them.
   */
  List<Stuck> stuck(String header, String value, int most);

  /**
   * Lets a dead letter, or one that is held, be tried again, at once. Returns false if there is
   * none there.
   */
  boolean replay(String relay, long position);

  /**
   * Gives a dead letter up, or one that is held, and lets what waits behind it go on. If it is
   * being delivered at this moment, it may still arrive. Returns false if there is none.
   */
  boolean discard(String relay, long position);

  /**
   * Forgets a relay with all that it has parked, so that messages are kept for it no longer.
   * Durable when it returns.
   *
   * @return false if there is none of that name
   * @throws dev.concordat.core.RefusedException if somebody's lease on a lane of it runs; nothing
   *     was forgotten
   */
  boolean forget(String relay);

  /** Why a relay is not forgotten. */
  static RefusedException inUse(String relay) {
    return new RefusedException(
        "somebody works at relay '"
            + relay
            + "', or did a moment ago; nothing was forgotten: end it, and wait until its lease has"
            + " run out");
  }

  /** How far the lanes of all relays are, as committed now. */
  List<Progress> progress();

  /** How far that lane is, as committed now; empty if there is none. */
  Optional<Progress> progress(String relay, int lane);

  /**
   * How far a lane is.
   *
   * @param relay the relay's name
   * @param lane its number
   * @param claimed whether somebody's lease on it runs
   * @param behind how many messages have been published since, at most; other lanes' counted too
   * @param parked how many messages wait for people, those behind them included
   */
  record Progress(String relay, int lane, boolean claimed, long behind, long parked) {}
}
