package dev.concordat.store;

import dev.concordat.core.Reply;
import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;

/**
 * What each participant has answered to each command, by the command's idempotency key: so that one
 * that comes again is answered again, and nothing is done twice.
 */
public interface StoredReplies {

  /** An answer to a command is known by these. */
  record Id(String participant, String key, boolean compensating) {}

  /**
   * A reply that was given.
   *
   * @param attempt to which attempt at the command
   */
  record Kept(Reply reply, int attempt) {}

  /**
   * Finds the reply, or claims the command for the caller's transaction, which then has to {@link
   * #keep} one. Waits for another open transaction that has claimed it.
   *
   * @param connection the caller's, inside a transaction on the store's database
   * @return the reply, or empty if nobody has answered: then it is the caller's to do so
   */
  Optional<Kept> claim(Connection connection, Id id);

  /** Keeps the reply to a command that was claimed, instead of any kept before. */
  void keep(Connection connection, Id id, Kept kept);

  /** Forgets what was claimed longer ago than that, so many at most. Returns how many it were. */
  int forget(Duration age, int most);
}
