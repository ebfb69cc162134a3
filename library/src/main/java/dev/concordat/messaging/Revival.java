package dev.concordat.messaging;

import dev.concordat.core.DueMessage;
import dev.concordat.core.Parking;
import dev.concordat.core.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A parked message that is being tried again.
 *
 * @param due the message, and why it waited
 * @param phase what became of it so far
 * @param parking how it is to be parked again; only in phase REPARKING
 */
record Revival(DueMessage due, Phase phase, @Nullable Parking parking) {

  enum Phase {
    WAITING,
    SENT,
    SETTLING,
    REPARKING
  }

  static Revival of(DueMessage due) {
    boolean given = due.state() == Parking.State.DISCARDED;
    return new Revival(due, given ? Phase.SETTLING : Phase.WAITING, null);
  }

  StoredMessage message() {
    return due.message();
  }

  boolean wasHeld() {
    return due.state() == Parking.State.HELD;
  }

  Revival in(Phase next) {
    return new Revival(due, next, null);
  }

  Revival reparking(Parking how) {
    return new Revival(due, Phase.REPARKING, how);
  }
}
