package dev.concordat.choreography;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A flow as the tracker knows it.
 *
 * @param id its id
 * @param name which flow it is one of
 * @param begunAt when the tracker first heard of it
 * @param done what services did, each after what caused it; the times are when it became known
 * @param missing what is expected and has not come; empty once it has ended
 * @param owed steps that are still to be compensated
 * @param unexpected types of events that the flow does not declare
 * @param timedOutAt when it was turned back because something was missing, or null
 * @param timedOutFor what was missing then, in words; empty if it was not turned back
 * @param attention why it needs a person, or null
 */
public record TrackedFlow(
    String id,
    String name,
    Status status,
    Instant begunAt,
    List<Done> done,
    List<Missing> missing,
    List<String> owed,
    Set<String> unexpected,
    @Nullable Instant timedOutAt,
    List<String> timedOutFor,
    @Nullable String attention) {

  /** What a service did, and when that became known. */
  public record Done(Edge edge, Instant at) {}

  /**
   * What has not come.
   *
   * @param events one of these
   * @param from of that service, or null for any
   * @param after after that event
   * @param since when that event became known
   * @param due by when it should have come, or null if that was not said
   */
  public record Missing(
      Set<String> events,
      @Nullable String from,
      String after,
      Instant since,
      @Nullable Instant due) {}

  static TrackedFlow of(
      String id, FlowPlan plan, FlowState state, List<String> missed, Instant begunAt) {
    FlowPicture picture = FlowPicture.of(plan, state);
    Status status = picture.status();
    boolean over = status == Status.COMPLETED || status == Status.COMPENSATED;
    return new TrackedFlow(
        id,
        plan.name(),
        status,
        begunAt,
        picture.byCause().stream().map(seen -> new Done(seen.edge(), seen.at())).toList(),
        over
            ? List.of()
            : picture.waiting().stream()
                .map(w -> new Missing(w.types(), w.from(), w.after(), w.since(), w.due()))
                .toList(),
        picture.owed(),
        picture.unexpected(),
        state.timedOutAt(),
        missed,
        state.attention());
  }

  /** What happened as a Mermaid sequence of events. */
  public String toMermaid() {
    return FlowChart.of(this);
  }
}
