package dev.concordat.choreography;

import dev.concordat.core.Status;
import java.util.List;

/** A line in the journal of a flow. */
sealed interface FlowEntry {

  /** A service reported what it did. */
  record Seen(Edge edge) implements FlowEntry {}

  /** Something was missing too long, and the event was raised that turns the flow back. */
  record TimedOut(List<String> missing) implements FlowEntry {}

  /** Something is missing too long, and the flow is only looked at. */
  record Overdue(List<String> missing) implements FlowEntry {}

  /** It needs a person. */
  record Attention(String reason) implements FlowEntry {}

  /** It has ended. */
  record Ended(Status status) implements FlowEntry {}
}
