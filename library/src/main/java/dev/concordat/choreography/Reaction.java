package dev.concordat.choreography;

import java.util.Set;

/**
 * What a service does on an event.
 *
 * @param event the event's type
 * @param step the step that is done or compensated
 * @param publishes the types of what it may publish
 * @param refuses those of them that say that the step was refused, so that nothing was done
 */
record Reaction(
    String event,
    String step,
    Kind kind,
    Set<String> publishes,
    Set<String> refuses,
    EventHandler handler) {

  enum Kind {
    /** A step forward. */
    STEP,
    /** A step after which this service compensates nothing of the flow any more. */
    PIVOT,
    /** The compensation of a step. */
    COMPENSATION
  }

  Reaction {
    publishes = Set.copyOf(publishes);
    refuses = Set.copyOf(refuses);
  }
}
