package dev.concordat.choreography;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was decided.
 *
 * @param entries to be appended to the journal
 * @param actions to be done in the same transaction
 * @param due when to look again by the time alone, or null for never
 */
record FlowDecision(
    FlowState state, List<FlowEntry> entries, List<FlowAction> actions, @Nullable Instant due) {

  FlowDecision {
    entries = List.copyOf(entries);
    actions = List.copyOf(actions);
  }
}
