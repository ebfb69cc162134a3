package dev.concordat.messaging;

import dev.concordat.core.Cursor;
import dev.concordat.core.MessageKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a lane of a relay is.
 *
 * @param durable the cursor that the last checkpoint noted
 * @param frontier how far messages have been read
 * @param window what was read and lies beyond the checkpoint, in the order it was read
 * @param parked the keys of which a message is parked, or about to be
 * @param revived parked messages that are being tried again, by position
 * @param failures how often in a row the other side could not take anything
 * @param backoff until when nothing is sent, or null
 * @param checkpointAt when the next checkpoint may be made
 * @param dueAt when to look for parked messages that are due
 * @param othersFirst whether it is the turn of what is in the outbox, after some that was due
 * @param lost whether the lane belongs to somebody else
 */
record RelayState(
    Cursor durable,
    Cursor frontier,
    List<Slot> window,
    ParkedKeys parked,
    Map<Long, Revival> revived,
    int failures,
    @Nullable Instant backoff,
    Instant checkpointAt,
    Instant dueAt,
    boolean othersFirst,
    boolean lost) {

  RelayState {
    window = List.copyOf(window);
    revived = Map.copyOf(revived);
  }

  static RelayState claimed(Cursor cursor, Set<MessageKey> parked) {
    return new RelayState(
        cursor,
        cursor,
        List.of(),
        ParkedKeys.of(parked),
        Map.of(),
        0,
        null,
        Instant.EPOCH,
        Instant.EPOCH,
        false,
        false);
  }
}
