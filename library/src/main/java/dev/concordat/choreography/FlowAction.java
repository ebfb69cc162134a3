package dev.concordat.choreography;

import dev.concordat.core.Status;
import java.util.List;

/** What the tracker does. */
sealed interface FlowAction {

  /** Publishes the event that turns the flow back. */
  record RaiseTimeout(List<String> missing) implements FlowAction {}

  /** Publishes that the flow has ended. */
  record RaiseCompleted(Status status) implements FlowAction {}

  /** Tells people that something is missing. */
  record TellOverdue(List<String> missing) implements FlowAction {}

  /** Tells people that it needs one of them. */
  record TellAttention(String reason) implements FlowAction {}
}
