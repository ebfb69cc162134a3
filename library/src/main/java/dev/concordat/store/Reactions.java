package dev.concordat.store;

import java.sql.Connection;
import java.time.Duration;
import java.util.Map;

/**
 * What services did in flows. Everything takes part in a transaction of the caller's on the store's
 * database, which must read what is committed (READ COMMITTED).
 */
public interface Reactions {

  /** What became of a step of a service in a flow. */
  enum State {
    /** It was done. */
    DONE,
    /** It was done, and compensated later. */
    COMPENSATED,
    /** It was refused, or compensated before it was done, and must not be done any more. */
    BARRED
  }

  /**
   * What the service did in the flow so far. Until the transaction ends, no other of that service
   * and flow gets an answer.
   *
   * @return by the steps' names
   */
  Map<String, State> begin(Connection connection, String service, String flow);

  /** Notes what became of a step. */
  void mark(Connection connection, String service, String flow, String step, State state);

  /** Forgets what was noted longer ago than that, so many at most. Returns how many it were. */
  int forget(Duration age, int most);
}
