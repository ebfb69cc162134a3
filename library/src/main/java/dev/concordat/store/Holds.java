package dev.concordat.store;

import dev.concordat.core.Status;
import java.math.BigInteger;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What reservations have held while they call an outside system, found by the call's key. */
public interface Holds {

  /**
   * A hold.
   *
   * @param instance the instance's number
   * @param key the idempotency key of its call; unique for its provider
   * @param minor the amount in minor units
   */
  record Hold(long instance, String provider, String key, long minor, String currency) {}

  /**
   * Enters a hold in a transaction of the caller's: it is there if that commits, and never was if
   * not. One of that instance or key that is there already stays as it is.
   */
  void enter(Connection connection, Hold hold);

  /** Notes in a transaction of the caller's that the instance has settled what it held. */
  void settle(Connection connection, long instance);

  /** The id of the instance whose call had that key, as committed now. */
  Optional<String> owner(String provider, String key);

  /**
   * A hold that is not settled.
   *
   * @param id the instance's id
   * @param due when the instance wants to be claimed next, if it waits for time to pass
   * @param since when it was entered, by the database's clock
   */
  record Unsettled(Hold hold, String id, Status status, Optional<Instant> due, Instant since) {}

  /**
   * Holds whose instances have not ended, or have, and have not taken up yet what was posted to
   * them since; by the instance's number, as committed now.
   *
   * @param provider only those, unless null
   * @param after only of instances with a higher number; for the next page
   */
  List<Unsettled> unsettled(@Nullable String provider, long after, int limit);

  /** The journals of those instances, as committed now; without those that have none. */
  Map<Long, List<Entry>> journals(List<Long> instances);

  /**
   * What is held and not settled.
   *
   * @param minor the exact sum in minor units
   */
  record AtRisk(String provider, String currency, long count, BigInteger minor) {}

  /** The sums of what {@link #unsettled} gives, by provider and currency. */
  List<AtRisk> atRisk();

  /**
   * Evidence about a key that no instance has.
   *
   * @param no its number, or 0 if it is not kept yet
   * @param source where it comes from; with {@code event} what tells it from others
   * @param evidence a JSON document
   * @param at when it was kept, by the database's clock
   * @param acknowledged who looked at it and why it is well, or null
   */
  record Stray(
      long no,
      String provider,
      String key,
      String source,
      String event,
      String evidence,
      Instant at,
      @Nullable String acknowledged) {}

  /**
   * Keeps such evidence, once. <b>Durable when it returns.</b>
   *
   * @return whether it is new
   */
  boolean keep(Stray stray);

  /** Those not acknowledged yet, oldest first, with a higher number than {@code after}. */
  List<Stray> strays(long after, int limit);

  /**
   * Acknowledges one. <b>Durable when it returns.</b>
   *
   * @return false if there is none of that number that is not acknowledged yet
   */
  boolean acknowledge(long no, String acknowledged);
}
