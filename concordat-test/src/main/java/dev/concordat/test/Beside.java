package dev.concordat.test;

import dev.concordat.store.Store;

/**
 * What works beside the workers of a crash test on the same store, without faults of its own: a
 * relay, consumers, participants.
 */
@FunctionalInterface
public interface Beside {

  /** Nothing. */
  Beside NOTHING = store -> Running.IDLE;

  /**
   * Begins to work, for one case.
   *
   * @param store the case's, without fault points
   */
  Running begin(Store store);

  /** Something at work. */
  interface Running extends AutoCloseable {

    /** Something that is never at work. */
    Running IDLE =
        new Running() {
          @Override
          public boolean isIdle() {
            return true;
          }

          @Override
          public void close() {}
        };

    /** Whether nothing is under way that could still stir an instance. */
    boolean isIdle();

    @Override
    void close();
  }
}
