package dev.concordat.choreography;

import java.time.Instant;

/** What the tracker learns. */
sealed interface FlowStimulus {

  /** The database's time. */
  Instant now();

  /** A service reported what it did. */
  record Reported(Instant now, Edge edge) implements FlowStimulus {}

  /** Time has passed. */
  record Look(Instant now) implements FlowStimulus {}
}
