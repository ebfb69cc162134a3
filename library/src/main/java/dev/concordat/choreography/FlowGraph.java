package dev.concordat.choreography;

import dev.concordat.core.RefusedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What services do on which events, taken together: for tests and for the start, before anything
 * runs.
 *
 * <p>A circle of steps that cause each other would go on for ever. One that leads through a
 * compensation ends by itself, for each runs once in a flow.
 */
public final class FlowGraph {

  private final Set<Service> services;
  private final Map<String, Set<String>> causes = new LinkedHashMap<>();

  private FlowGraph(Set<Service> services) {
    this.services = services;
    for (Service service : services) {
      for (Reaction reaction : service.reactions()) {
        if (reaction.kind() != Reaction.Kind.COMPENSATION) {
          causes
              .computeIfAbsent(reaction.event(), event -> new LinkedHashSet<>())
              .addAll(reaction.publishes());
        }
      }
    }
  }

  /** The graph of these services. */
  public static FlowGraph of(Service... services) {
    return new FlowGraph(new LinkedHashSet<>(List.of(services)));
  }

  /** A circle of events each of which causes the next, or an empty list if there is none. */
  public List<String> circle() {
    Set<String> harmless = new HashSet<>();
    for (String event : causes.keySet()) {
      List<String> found = circle(event, new ArrayDeque<>(), harmless);
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private List<String> circle(String event, Deque<String> path, Set<String> harmless) {
    if (path.contains(event)) {
      List<String> all = new ArrayList<>(path);
      return all.subList(all.indexOf(event), all.size());
    }
    if (harmless.contains(event)) {
      return List.of();
    }
    path.addLast(event);
    for (String next : causes.getOrDefault(event, Set.of())) {
      List<String> found = circle(next, path, harmless);
      if (!found.isEmpty()) {
        return found;
      }
    }
    path.removeLast();
    harmless.add(event);
    return List.of();
  }

  /**
   * Refuses a circle.
   *
   * @throws RefusedException naming the events of the circle
   */
  public FlowGraph requireNoCircle() {
    List<String> circle = circle();
    if (!circle.isEmpty()) {
      throw new RefusedException(
          "these events cause each other in a circle, which would go on for ever: "
              + String.join(" → ", circle)
              + " → "
              + circle.get(0));
    }
    return this;
  }

  /** What does not fit between a flow and these services: one sentence each. */
  public List<String> objections(Flow flow) {
    FlowPlan plan = flow.plan();
    Set<String> published = new TreeSet<>();
    for (Service service : services) {
      published.addAll(service.begins());
      service.reactions().forEach(reaction -> published.addAll(reaction.publishes()));
    }
    Set<String> wanted =
        Stream.concat(
                Stream.of(plan.begins(), plan.completes(), plan.compensates()),
                plan.expectations().stream().map(FlowPlan.Expectation::types))
            .flatMap(Set::stream)
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> objections = new ArrayList<>();
    wanted.stream()
        .filter(type -> !published.contains(type))
        .forEach(type -> objections.add("nobody publishes '" + type + "'"));
    published.stream()
        .filter(type -> !plan.knows(type))
        .forEach(type -> objections.add("the flow does not expect '" + type + "'"));
    consumed()
        .filter(type -> !published.contains(type))
        .filter(type -> !type.equals(Flow.TIMEOUT) && !type.equals(Flow.COMPLETED))
        .forEach(
            type -> objections.add("a service waits for '" + type + "', which nobody publishes"));
    return objections;
  }

  private Stream<String> consumed() {
    return services.stream()
        .flatMap(service -> service.reactions().stream())
        .map(Reaction::event)
        .distinct();
  }

  /** It as a Mermaid flow chart. */
  public String toMermaid() {
    return FlowChart.of(services);
  }
}
