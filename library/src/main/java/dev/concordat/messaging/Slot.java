package dev.concordat.messaging;

import dev.concordat.core.Cursor;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A message that a relay has read and whose place is not behind its checkpoint yet.
 *
 * @param at the cursor that stands just past it
 * @param message the message
 * @param phase what became of it so far
 * @param parking how it is to be parked; only in phase PARKING
 * @param failures how often in a row the other side could not take it
 */
record Slot(
    Cursor at, StoredMessage message, Phase phase, @Nullable Parking parking, int failures) {

  enum Phase {
    WAITING,
    SENT,
    DONE,
    PARKING
  }

  static Slot read(Cursor at, StoredMessage message) {
    return new Slot(at, message, Phase.WAITING, null, 0);
  }

  Slot in(Phase next) {
    return new Slot(at, message, next, null, failures);
  }

  Slot failed() {
    return new Slot(at, message, Phase.WAITING, null, failures + 1);
  }

  Slot parked(Parking how) {
    return new Slot(at, message, Phase.PARKING, how, failures);
  }

  @Nullable MessageKey key() {
    return MessageKey.of(message);
  }

  long position() {
    return message.position();
  }

  boolean isSettled() {
    return phase == Phase.DONE || phase == Phase.PARKING;
  }
}
