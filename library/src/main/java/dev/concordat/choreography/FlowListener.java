package dev.concordat.choreography;

import dev.concordat.core.Status;
import java.util.List;

/**
 * Hears of what the tracker finds, once that is committed. Called in the tracker's thread, so be
 * quick. It is told once by the process that found it, or not at all if that one dies in between;
 * what is known of flows is in the database.
 */
public interface FlowListener {

  /** Something is missing too long; {@code turnedBack} if the flow is turned back for it. */
  default void missing(String flow, String id, List<String> events, boolean turnedBack) {}

  /** A flow needs a person. */
  default void needsAttention(String flow, String id, String reason) {}

  /** A flow has ended, COMPLETED or COMPENSATED. */
  default void ended(String flow, String id, Status status) {}
}
