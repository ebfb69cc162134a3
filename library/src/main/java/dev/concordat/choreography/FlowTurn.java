package dev.concordat.choreography;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One decision in the making. */
final class FlowTurn {

  private final FlowPlan plan;
  private final Instant now;
  private final List<FlowEntry> entries = new ArrayList<>();
  private final List<FlowAction> actions = new ArrayList<>();
  private FlowState state;

  FlowTurn(FlowPlan plan, FlowState state, Instant now) {
    this.plan = plan;
    this.state = state;
    this.now = now;
  }

  FlowPlan plan() {
    return plan;
  }

  FlowState state() {
    return state;
  }

  Instant now() {
    return now;
  }

  FlowPicture picture() {
    return FlowPicture.of(plan, state);
  }

  void emit(FlowEntry entry) {
    entries.add(entry);
    state = state.after(entry, now);
  }

  void act(FlowAction action) {
    actions.add(action);
  }

  FlowDecision decision(@Nullable Instant due) {
    return new FlowDecision(state, entries, actions, due);
  }
}
