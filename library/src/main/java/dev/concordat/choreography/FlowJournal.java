package dev.concordat.choreography;

import dev.concordat.core.InvariantViolation;
import dev.concordat.store.Flows;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Entries of flows, and what flows declare, as text and back. */
final class FlowJournal {

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String KIND = "kind";

  private static final Map<String, Class<? extends FlowEntry>> KINDS =
      Map.of(
          "seen", FlowEntry.Seen.class,
          "timed-out", FlowEntry.TimedOut.class,
          "overdue", FlowEntry.Overdue.class,
          "attention", FlowEntry.Attention.class,
          "ended", FlowEntry.Ended.class);

  private FlowJournal() {}

  static String text(FlowEntry entry) {
    ObjectNode node = JSON.valueToTree(entry);
    node.put(KIND, kind(entry));
    return node.toString();
  }

  private static String kind(FlowEntry entry) {
    return KINDS.entrySet().stream()
        .filter(known -> known.getValue().isInstance(entry))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /** The fold of what was written. */
  static FlowState fold(List<Flows.Written> entries) {
    FlowState state = FlowState.EMPTY;
    for (Flows.Written entry : entries) {
      state = state.after(read(entry.text()), entry.at());
    }
    return state;
  }

  /** What was missing when the flow was turned back, in words; empty if it was not. */
  static List<String> missed(List<Flows.Written> entries) {
    return entries.stream()
        .map(entry -> read(entry.text()))
        .filter(FlowEntry.TimedOut.class::isInstance)
        .flatMap(entry -> ((FlowEntry.TimedOut) entry).missing().stream())
        .toList();
  }

  private static FlowEntry read(String text) {
    try {
      JsonNode node = JSON.readTree(text);
      Class<? extends FlowEntry> kind = KINDS.get(node.required(KIND).asString());
      if (kind == null || !(node instanceof ObjectNode object)) {
        throw new InvariantViolation("an entry of a flow is of a kind unknown here: " + text);
      }
      object.remove(KIND);
      return JSON.treeToValue(object, kind);
    } catch (JacksonException e) {
      throw new InvariantViolation("an entry of a flow cannot be read: " + text, e);
    }
  }

  static String text(FlowPlan plan) {
    return JSON.writeValueAsString(plan);
  }

  static FlowPlan plan(String text) {
    return JSON.readValue(text, FlowPlan.class);
  }
}
