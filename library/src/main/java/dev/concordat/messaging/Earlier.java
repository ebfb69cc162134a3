package dev.concordat.messaging;

import dev.concordat.messaging.RelayStimulus.DueFound;

/**
 * Knows when all that was delivered under earlier claims of a lane is settled. It was visible at
 * the tick that was the newest when the lane was claimed; so it is behind the checkpoint that is
 * past that tick, or it was parked and is among what is due.
 */
final class Earlier {

  private final long tick;
  private boolean foundAllDue;
  private boolean over;

  Earlier(long newestTick) {
    this.tick = newestTick;
  }

  void found(DueFound due) {
    foundAllDue |= due.isAll();
  }

  /** True once, when that is so. */
  boolean ends(RelayState state) {
    if (over || !foundAllDue || state.durable().from() < tick || !state.revived().isEmpty()) {
      return false;
    }
    over = true;
    return true;
  }
}
