package dev.concordat.messaging;

import dev.concordat.core.DueMessage;
import dev.concordat.core.Parking;
import dev.concordat.core.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A parked message that is being tried again.
 *
 * @param message the message
 * @param phase what became of it so far
 * @param parking how it is to be parked again; only in phase REPARKING
 */
record Revival(StoredMessage message, Phase phase, @Nullable Parking parking) {

  enum Phase {
    WAITING,
    SENT,
    SETTLING,
    REPARKING
  }

  static Revival of(DueMessage due) {
    boolean given = due.state() == Parking.State.DISCARDED;
    return new Revival(due.message(), given ? Phase.SETTLING : Phase.WAITING, null);
  }

  Revival in(Phase next) {
    return new Revival(message, next, null);
  }

  Revival reparking(Parking how) {
    return new Revival(message, Phase.REPARKING, how);
  }
}
