package dev.concordat.messaging;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * Where a consumer gets its messages from: a broker, as a rule. Used by one thread, that of the
 * consumer, and for one consumer.
 *
 * <p>It delivers at least once, and each lane in order. What it delivered and was not told to be
 * done with comes again, to this process or another, after it was closed or its connection broke.
 */
public interface Source extends AutoCloseable {

  /** Hears which lanes come and go, in the thread that receives. */
  interface Lanes {

    /**
     * A lane is this process's from now on.
     *
     * @return from which offset to read it; empty if it is to be read from where the broker
     *     remembers, or from its beginning if the consumer keeps offsets and has none of it yet
     * @throws dev.concordat.core.NotNowException if whoever had it before still handles a message
     *     of it: read nothing of this lane until this was asked again and answered
     */
    OptionalLong taken(String lane);

    /** A lane is another process's from now on: what was delivered of it may be forgotten. */
    void lost(String lane);

    /**
     * A lane of this process stands still until a person acts, while the others go on. Said again
     * from time to time.
     *
     * @param why what happened, and what to do
     */
    void stuck(String lane, String why);
  }

  /**
   * Whether its lanes have offsets that rise by each message and that it can be told to read from.
   */
  boolean hasOffsets();

  /**
   * Connects, before anything is received.
   *
   * @param keepsOffsets whether the consumer keeps offsets, so that the broker need not
   * @throws Exception if that is not possible now; it is tried again
   * @throws dev.concordat.core.RefusedException if settings lose or repeat messages: then the
   *     consumer does not start
   */
  void open(Lanes lanes, boolean keepsOffsets) throws Exception;

  /**
   * What has come.
   *
   * @param most how many at most; with 0 it only keeps its connection alive
   * @param patience how long to wait for the first
   * @return may be empty
   * @throws Exception if the broker does not answer; it is asked again
   */
  List<Delivery> receive(int most, Duration patience) throws Exception;

  /**
   * These are handled, or parked in the database: the broker may forget them. Those of lanes that
   * were lost are left out of account.
   */
  void done(List<Delivery> deliveries) throws Exception;

  /** Disconnects; what is not done with is delivered again. Never throws. */
  @Override
  void close();
}
