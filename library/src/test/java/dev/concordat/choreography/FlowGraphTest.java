package dev.concordat.choreography;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: events that cause each other in a circle, and flows that nobody can fulfil, are found
 * before anything runs. Method: services that do so, and services that do not.
 */
class FlowGraphTest {

  private static Service doing(String name, String on, String step, String... publishes) {
    return Service.named(name)
        .on(on)
        .step(step)
        .publishes(publishes)
        .handle((tx, event) -> List.of());
  }

  @Test
  void findsACircle() {
    FlowGraph graph =
        FlowGraph.of(
            doing("a", "A", "a", "B"), doing("b", "B", "b", "C", "D"), doing("c", "D", "c", "B"));

    assertThat(graph.circle()).containsExactly("B", "D");
    assertThatThrownBy(graph::requireNoCircle)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("B → D → B");
  }

  @Test
  void aCircleThroughACompensationEndsByItself() {
    Service orders =
        Service.named("orders")
            .begins("Created")
            .on("Released")
            .compensates("create")
            .publishes("Cancelled")
            .handle((tx, event) -> List.of());
    Service payments =
        doing("payments", "Created", "reserve", "Reserved")
            .on("Cancelled")
            .compensates("reserve")
            .publishes("Released")
            .handle((tx, event) -> List.of());

    FlowGraph graph = FlowGraph.of(orders, payments).requireNoCircle();
    Flow flow =
        Flow.named("order", "Created")
            .expects("Reserved")
            .after("Created")
            .completes("Confirmed")
            .compensates("Cancelled");
    assertThat(graph.objections(flow))
        .containsExactly("nobody publishes 'Confirmed'", "the flow does not expect 'Released'");
    assertThat(graph.toMermaid())
        .startsWith("flowchart LR")
        .contains("payments: reserve", "orders: compensate create");
    assertThat(flow.toMermaid()).contains("Created", "Reserved", "Confirmed");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThatThrownBy(
            () -> doing("a", "A", "a").on("A").step("b").handle((tx, event) -> List.of()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("does something on 'A' already");
    assertThatThrownBy(
            () -> Service.named("a").on("A").compensates("none").handle((tx, event) -> List.of()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("has no such step");
    assertThatThrownBy(() -> Flow.named("f"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("begins with no event");
  }
}
