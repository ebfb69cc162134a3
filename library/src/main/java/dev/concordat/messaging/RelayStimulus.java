package dev.concordat.messaging;

import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What happens to a relay; {@code now} is the time at which it does. */
sealed interface RelayStimulus {

  Instant now();

  /** Time has passed, or somebody says that there may be work. */
  record Look(Instant now) implements RelayStimulus {}

  /** The newest tick. */
  record Ticked(Instant now, long tick) implements RelayStimulus {}

  /**
   * What was read at the frontier.
   *
   * @param asked how much was asked for
   */
  record PageRead(Instant now, List<StoredMessage> messages, Portion asked)
      implements RelayStimulus {}

  /**
   * What became of messages that were sent.
   *
   * @param random from 0 to 1, for waits that differ
   */
  record Answered(Instant now, List<Answer> answers, double random) implements RelayStimulus {}

  /** The checkpoint is noted; or was refused, because the lane is somebody else's. */
  record Checkpointed(Instant now, RelayAction.Checkpoint checkpoint, boolean ours)
      implements RelayStimulus {}

  /**
   * Parked messages that are to be tried again.
   *
   * @param asked how much was asked for
   */
  record DueFound(Instant now, List<DueMessage> due, Portion asked) implements RelayStimulus {

    /** Whether these are all that are due. */
    boolean isAll() {
      return !asked.isFilledBy(due.stream().map(DueMessage::message).toList());
    }
  }

  /**
   * Parked messages are gone.
   *
   * @param free of which of their keys nothing is parked any more; empty if the lane is somebody
   *     else's
   */
  record Settled(Instant now, List<StoredMessage> messages, Optional<Set<MessageKey>> free)
      implements RelayStimulus {}

  /** Messages are parked again; or not, because the lane is somebody else's. */
  record Reparked(Instant now, List<Parking> parkings, boolean ours) implements RelayStimulus {}

  /**
   * What became of one message.
   *
   * @param position its position
   * @param outcome what the sink said
   * @param reason why, for people; empty if it was delivered
   */
  record Answer(long position, Outcome outcome, String reason) {}

  /** What a sink says of a message. */
  enum Outcome {
    /** It is there, for good. */
    DELIVERED,
    /** It will never be taken as it is. */
    REJECTED,
    /** It may or may not be there; the other side cannot take anything at present. */
    UNAVAILABLE
  }
}
