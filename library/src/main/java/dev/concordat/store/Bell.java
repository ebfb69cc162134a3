package dev.concordat.store;

import java.time.Duration;

/**
 * Tells other processes on the same store that there may be work. A hint and no promise: nothing of
 * it is durable, a ring may be lost, and whoever hears none finds the work by polling.
 */
public interface Bell {

  /** Rings for all who listen, here and elsewhere. Rings at one time may be heard as one. */
  void ring();

  /**
   * Begins to listen.
   *
   * @throws dev.concordat.core.ConcordatException if it cannot be heard at present
   */
  Ear listen();

  /** Somebody who listens; used by one thread. */
  interface Ear extends AutoCloseable {

    /**
     * Waits for a ring since the last call.
     *
     * @param longest how long to wait, at least a millisecond
     * @return whether it rang
     * @throws dev.concordat.core.ConcordatException if nothing will be heard any more: listen anew,
     *     and look for work meanwhile overlooked
     */
    boolean await(Duration longest);

    /** Listens no longer. Never throws. */
    @Override
    void close();
  }
}
