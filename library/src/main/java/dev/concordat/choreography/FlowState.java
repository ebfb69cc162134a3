package dev.concordat.choreography;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a flow: the fold of its entries.
 *
 * @param begunAt when the first was seen, or null before that
 * @param seen what services did, in the order in which it became known, which may be any
 * @param timedOutAt when it was turned back because something was missing, or null
 * @param overdueAt when it was told that something is missing, or null
 * @param attention why it needs a person, or null
 * @param ended as what its end was told, or null
 */
record FlowState(
    @Nullable Instant begunAt,
    List<Seen> seen,
    @Nullable Instant timedOutAt,
    @Nullable Instant overdueAt,
    @Nullable String attention,
    @Nullable Status ended) {

  static final FlowState EMPTY = new FlowState(null, List.of(), null, null, null, null);

  /** What a service did, and when that became known. */
  record Seen(Edge edge, Instant at) {}

  FlowState {
    seen = List.copyOf(seen);
  }

  FlowState after(FlowEntry entry, Instant at) {
    Instant begun = begunAt == null ? at : begunAt;
    return switch (entry) {
      case FlowEntry.Seen one -> {
        List<Seen> more = new ArrayList<>(seen);
        more.add(new Seen(one.edge(), at));
        yield new FlowState(begun, more, timedOutAt, overdueAt, attention, ended);
      }
      case FlowEntry.TimedOut out -> new FlowState(begun, seen, at, overdueAt, attention, ended);
      case FlowEntry.Overdue late -> new FlowState(begun, seen, timedOutAt, at, attention, ended);
      case FlowEntry.Attention needs ->
          new FlowState(begun, seen, timedOutAt, overdueAt, needs.reason(), ended);
      case FlowEntry.Ended end ->
          new FlowState(begun, seen, timedOutAt, overdueAt, attention, end.status());
    };
  }
}
