package dev.concordat.store;

import dev.concordat.core.Bytes;
import dev.concordat.core.MessageKey;
import dev.concordat.core.ParkedMessage;
import dev.concordat.core.ReceivedMessage;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What consumers are handling, what they could not handle yet, and how far those are that keep
 * their offsets here. Everything takes part in transactions of the caller's on the store's
 * database, which must read what is committed (READ COMMITTED).
 */
public interface Consumers {

  /**
   * Enters a consumer, if it is new. Durable when it returns.
   *
   * @param keepsOffsets whether it knows by offsets what it has handled, or by ids
   * @throws dev.concordat.core.RefusedException if it is known to do the other
   */
  void enter(String consumer, boolean keepsOffsets);

  /**
   * A message that is to be handled.
   *
   * @param id the message's id
   * @param hash of what it says
   * @param key what orders it, or null
   */
  record Arrival(String id, Bytes hash, @Nullable MessageKey key) {}

  /** What a message is to a consumer. */
  enum Reception {
    /** Nobody has handled it: handle it now, in this transaction. */
    NEW,
    /** It was handled: leave it. */
    KNOWN,
    /** Another message was handled under its id. */
    DIFFERENT,
    /** Another message of its key is parked: park it behind that one. */
    BEHIND
  }

  /**
   * Says what messages are to the consumer, and notes in the inbox those that are new, as {@link
   * Inbox#note} does.
   *
   * @return one for each, in their order
   */
  List<Reception> accept(Connection connection, String consumer, List<Arrival> arrivals);

  /** Those keys of which messages are parked. */
  Set<MessageKey> parked(Connection connection, String consumer, Set<MessageKey> keys);

  /** Why a message waits. */
  enum State {
    /** It is tried again when its time has come. */
    RETRY,
    /** Another message of its key waits before it. */
    BEHIND,
    /** It waits for a person. */
    DEAD,
    /** A person gave it up; it goes as soon as the consumer looks. */
    DISCARDED
  }

  /**
   * Parks a message, behind all of its key; if it is parked already, nothing changes.
   *
   * @param reason what went wrong, for people
   * @param wait after which it is tried again, or null if not by itself
   * @return false if it was to be parked {@link State#BEHIND} others, and none is parked any more
   */
  boolean park(
      Connection connection,
      String consumer,
      ReceivedMessage message,
      State state,
      @Nullable String reason,
      @Nullable Duration wait);

  /** Parks a message again that failed again; not if it was given up meanwhile. */
  void parkAgain(
      Connection connection, long no, State state, String reason, @Nullable Duration wait);

  /** Lets a parked message wait that much longer, which counts as no attempt. */
  void postpone(Connection connection, long no, Duration wait);

  /**
   * A parked message that is due, locked until the transaction ends; passes over those that others
   * have locked.
   */
  Optional<ParkedMessage> takeDue(Connection connection, String consumer);

  /** Removes a parked message, and makes the next of its key due. */
  void settle(Connection connection, String consumer, ParkedMessage message);

  /**
   * A lane that is ours from now on, and nobody else's: whoever claimed it before can advance it no
   * more. Durable when it returns.
   *
   * @param epoch under which to advance
   * @param next the offset of the first message that was not handled; empty if none ever was
   */
  record Claim(long epoch, OptionalLong next) {}

  /**
   * Claims a lane. Waits a moment, and no longer, for a transaction under an earlier claim.
   *
   * @throws dev.concordat.core.NotNowException if such a transaction goes on: nothing was claimed
   */
  Claim claim(String consumer, String lane);

  /**
   * Notes that everything before an offset is handled.
   *
   * @return the offset that was noted before, or -1 if there was none; empty if the lane was
   *     claimed by somebody else meanwhile: then roll back
   */
  OptionalLong advance(Connection connection, String consumer, String lane, long epoch, long next);

  /** What waits for people, oldest first, as committed now. */
  List<DeadLetter> deadLetters(String consumer, int most);

  /**
   * A message that waits for a person.
   *
   * @param no by which to replay or discard it
   * @param reason why
   * @param attempts how often handling it has failed
   * @param behind how many of its key wait behind it
   * @param parkedAt since when, by the database's clock
   */
  record DeadLetter(
      long no,
      ReceivedMessage message,
      @Nullable String reason,
      int attempts,
      int behind,
      Instant parkedAt) {}

  /** What failed and is tried again by itself, oldest first, as committed now. */
  List<DeadLetter> retrying(String consumer, int most);

  /** Messages that have that header and do not get on, oldest first, as committed now. */
  List<Stuck> stuck(String header, String value, int most);

  /**
   * Lets a dead letter, or one that is tried again by itself, be tried at once. Returns false if
   * there is none of that number.
   */
  boolean replay(String consumer, long no);

  /**
   * Gives a dead letter up, or one that is tried again by itself: it counts as handled from then
   * on, and what waits behind it goes on. Waits for an attempt that is under way. Returns false if
   * there is none of that number, for instance because that attempt handled it.
   */
  boolean discard(String consumer, long no);

  /** How all consumers stand, as committed now. */
  List<Standing> standings();

  /**
   * How a consumer stands.
   *
   * @param keepsOffsets whether it knows by offsets what it has handled
   * @param dead how many messages wait for people
   * @param waiting how many others are parked
   */
  record Standing(String consumer, boolean keepsOffsets, long dead, long waiting) {}
}
