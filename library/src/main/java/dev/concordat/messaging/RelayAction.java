package dev.concordat.messaging;

import dev.concordat.core.Cursor;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import java.util.List;

/** What a relay is to do next. */
sealed interface RelayAction {

  /** Ask for the newest tick. */
  record AskTick() implements RelayAction {}

  /** Read on. */
  record ReadPage(Cursor cursor, Portion most) implements RelayAction {}

  /** Hand messages to the sink. */
  record Send(List<StoredMessage> messages) implements RelayAction {

    public Send {
      messages = List.copyOf(messages);
    }
  }

  /**
   * Note how far the relay is, and park what lies before and could not be delivered.
   *
   * @param settled how many messages of the window lie before it
   */
  record Checkpoint(Cursor cursor, List<Parking> parkings, int settled) implements RelayAction {

    public Checkpoint {
      parkings = List.copyOf(parkings);
    }
  }

  /** Look for parked messages that are due. */
  record LookForDue(Portion most) implements RelayAction {}

  /** Remove parked messages that were delivered or given up. */
  record Settle(List<StoredMessage> messages) implements RelayAction {

    public Settle {
      messages = List.copyOf(messages);
    }
  }

  /** Park messages again. */
  record Repark(List<Parking> parkings) implements RelayAction {

    public Repark {
      parkings = List.copyOf(parkings);
    }
  }
}
