package dev.concordat.choreography;

import dev.concordat.core.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the entries of a flow amount to, whatever the order in which they became known: edges are
 * joined by what caused what, never by the time they came.
 */
final class FlowPicture {

  private final FlowPlan plan;
  private final FlowState state;
  private final Map<String, FlowState.Seen> producers = new HashMap<>();

  private FlowPicture(FlowPlan plan, FlowState state) {
    this.plan = plan;
    this.state = state;
    for (FlowState.Seen seen : state.seen()) {
      seen.edge().produced().forEach(event -> producers.put(event.id(), seen));
    }
  }

  static FlowPicture of(FlowPlan plan, FlowState state) {
    return new FlowPicture(plan, state);
  }

  /**
   * Something that is expected and has not come.
   *
   * @param types one of these events
   * @param from of that service, or null for any
   * @param after the event after which it is expected
   * @param since when that event became known
   * @param due by when it should have come, or null if that was not said
   */
  record Waiting(
      Set<String> types,
      @Nullable String from,
      String after,
      Instant since,
      @Nullable Instant due) {}

  private Stream<Edge> edges() {
    return state.seen().stream().map(FlowState.Seen::edge);
  }

  private boolean produced(Set<String> types) {
    return edges()
        .flatMap(edge -> edge.produced().stream())
        .anyMatch(event -> types.contains(event.type()));
  }

  private boolean any(Predicate<Edge> what) {
    return edges().anyMatch(what);
  }

  boolean isCompleted() {
    return produced(plan.completes());
  }

  /** Whether it goes back. */
  boolean isTurnedBack() {
    boolean tooLate = any(edge -> edge.kind() == Edge.Kind.TOO_LATE);
    return !isCompleted()
        && (produced(plan.compensates())
            || any(e -> e.kind() == Edge.Kind.COMPENSATED || e.kind() == Edge.Kind.REFUSED)
            || (state.timedOutAt() != null && !tooLate));
  }

  /** Why it cannot be right, or null. */
  @Nullable String contradiction() {
    if (!isCompleted()) {
      return null;
    }
    if (produced(plan.compensates())) {
      return "it was completed and turned back";
    }
    return any(edge -> edge.kind() == Edge.Kind.COMPENSATED)
        ? "it was completed, and a step was compensated"
        : null;
  }

  Status status() {
    if (contradiction() != null) {
      return Status.NEEDS_ATTENTION;
    }
    if (isCompleted()) {
      return Status.COMPLETED;
    }
    if (!isTurnedBack()) {
      return state.attention() == null ? Status.RUNNING : Status.NEEDS_ATTENTION;
    }
    if (isBack() && owed().isEmpty() && (state.ended() != null || unheard().isEmpty())) {
      return Status.COMPENSATED;
    }
    return state.attention() == null ? Status.COMPENSATING : Status.NEEDS_ATTENTION;
  }

  /** Whether what ends it when it is turned back has come, if anything is to. */
  boolean isBack() {
    return isTurnedBack() && (produced(plan.compensates()) || plan.compensates().isEmpty());
  }

  /**
   * Of whom nothing is known while it goes back, though something was expected of them: they may
   * have done what nobody knows to be owed. Of what may come from anybody nobody can be named.
   */
  List<String> unheard() {
    if (!isTurnedBack() || !plan.isDeclared()) {
      return List.of();
    }
    Set<String> silent = new LinkedHashSet<>();
    if (!produced(plan.begins()) && !any(edge -> edge.kind() == Edge.Kind.BEGUN)) {
      silent.add("whoever began it");
    }
    for (Unmet unmet : unmet()) {
      String from = unmet.expected().from();
      if (from != null && !isHeardOf(from, unmet.after())) {
        silent.add(from + " (" + String.join(" or ", unmet.expected().types()) + ")");
      }
    }
    return List.copyOf(silent);
  }

  /** Whether a service said what became of that event, or that it goes back. */
  private boolean isHeardOf(String service, Edge.Event event) {
    return any(edge ->
        edge.service().equals(service)
            && (edge.goesBack()
                || edge.produced().contains(event)
                || isCausedBy(edge, event.id())));
  }

  /** Steps that were done and are to be compensated, if it goes back. */
  List<String> owed() {
    if (!isTurnedBack()) {
      return List.of();
    }
    return edges()
        .filter(edge -> edge.isDone() && edge.compensable() && !isCompensated(edge))
        .map(edge -> edge.step() + " (" + edge.service() + ")")
        .distinct()
        .toList();
  }

  private boolean isCompensated(Edge done) {
    return any(edge ->
        edge.kind() == Edge.Kind.COMPENSATED
            && edge.service().equals(done.service())
            && edge.step().equals(done.step()));
  }

  /** What is expected and has not come. */
  List<Waiting> waiting() {
    return unmet().stream()
        .map(unmet -> waiting(unmet.expected(), unmet.after(), unmet.since()))
        .toList();
  }

  /** An expectation, and an event after which it is not met. */
  private record Unmet(FlowPlan.Expectation expected, Edge.Event after, Instant since) {}

  private List<Unmet> unmet() {
    List<Unmet> all = new ArrayList<>();
    for (FlowPlan.Expectation expected : plan.expectations()) {
      for (FlowState.Seen seen : state.seen()) {
        for (Edge.Event event : seen.edge().produced()) {
          if (expected.after().contains(event.type()) && !isMet(expected, event)) {
            all.add(new Unmet(expected, event, seen.at()));
          }
        }
      }
    }
    return all;
  }

  private static Waiting waiting(FlowPlan.Expectation expected, Edge.Event event, Instant since) {
    Duration within = expected.within();
    return new Waiting(
        expected.types(),
        expected.from(),
        event.type(),
        since,
        within == null ? null : since.plus(within));
  }

  private boolean isMet(FlowPlan.Expectation expected, Edge.Event after) {
    return edges()
        .filter(edge -> expected.from() == null || edge.service().equals(expected.from()))
        .filter(edge -> isCausedBy(edge, after.id()))
        .flatMap(edge -> edge.produced().stream())
        .anyMatch(event -> expected.types().contains(event.type()));
  }

  /** Whether what the edge produced was caused by that event, directly or not. */
  private boolean isCausedBy(Edge edge, String event) {
    Set<String> been = new HashSet<>();
    Edge.Event cause = edge.consumed();
    while (cause != null && been.add(cause.id())) {
      if (cause.id().equals(event)) {
        return true;
      }
      FlowState.Seen producer = producers.get(cause.id());
      cause = producer == null ? null : producer.edge().consumed();
    }
    return false;
  }

  /** The types of what nobody declared. */
  Set<String> unexpected() {
    Set<String> types = new LinkedHashSet<>();
    if (plan.isDeclared()) {
      edges()
          .flatMap(edge -> edge.produced().stream())
          .filter(event -> !plan.knows(event.type()))
          .forEach(event -> types.add(event.type()));
    }
    return types;
  }

  /** Until when it may take, or null if nothing was said. */
  @Nullable Instant deadline() {
    Duration deadline = plan.deadline();
    Instant begun = state.begunAt();
    return deadline == null || begun == null ? null : begun.plus(deadline);
  }

  /** Until when its turning back may take, or null if it does not turn back or nothing was said. */
  @Nullable Instant grace() {
    Duration patience = plan.patience();
    Instant from = state.timedOutAt() != null ? state.timedOutAt() : deadline();
    boolean turning = isTurnedBack() || state.timedOutAt() != null;
    return patience == null || from == null || !turning ? null : from.plus(patience);
  }

  /** What of it is missing too long. */
  List<String> missing(Instant now) {
    List<String> late =
        waiting().stream()
            .filter(waiting -> isPast(waiting.due(), now) || isPast(deadline(), now))
            .map(waiting -> String.join(" or ", waiting.types()))
            .distinct()
            .toList();
    return late.isEmpty() && isPast(deadline(), now) ? List.of("its end") : late;
  }

  static boolean isPast(@Nullable Instant due, Instant now) {
    return due != null && !now.isBefore(due);
  }

  /** Edges with each after those that caused it. */
  List<FlowState.Seen> byCause() {
    List<FlowState.Seen> ordered = new ArrayList<>();
    Set<FlowState.Seen> open = new LinkedHashSet<>(state.seen());
    Set<String> unknown = new HashSet<>();
    open.forEach(seen -> seen.edge().produced().forEach(event -> unknown.add(event.id())));
    while (!open.isEmpty()) {
      List<FlowState.Seen> next =
          open.stream().filter(seen -> !waitsFor(unknown, seen.edge())).toList();
      List<FlowState.Seen> taken = next.isEmpty() ? List.copyOf(open) : next;
      ordered.addAll(taken);
      taken.forEach(seen -> {
        open.remove(seen);
        seen.edge().produced().forEach(event -> unknown.remove(event.id()));
      });
    }
    return ordered;
  }

  private static boolean waitsFor(Set<String> unknown, Edge edge) {
    Edge.Event cause = edge.consumed();
    return cause != null && unknown.contains(cause.id());
  }
}
