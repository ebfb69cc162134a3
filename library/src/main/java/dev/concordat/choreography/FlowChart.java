package dev.concordat.choreography;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Draws flows as Mermaid flow charts: events are nodes, and arrows lead to what they cause. */
final class FlowChart {

  private final StringBuilder out = new StringBuilder("flowchart LR\n");
  private final Map<String, String> nodes = new LinkedHashMap<>();

  private FlowChart() {}

  /** What is declared. */
  static String of(FlowPlan plan) {
    FlowChart chart = new FlowChart();
    plan.begins().forEach(type -> chart.node(type, type, "((", "))"));
    plan.completes().forEach(type -> chart.node(type, type, "(((", ")))"));
    plan.compensates().forEach(type -> chart.node(type, type, "(((", "))):::compensation"));
    for (FlowPlan.Expectation expected : plan.expectations()) {
      for (String after : expected.after()) {
        for (String type : expected.types()) {
          chart.arrow(chart.node(after), chart.node(type), label(expected));
        }
      }
    }
    return chart.out.toString();
  }

  private static String label(FlowPlan.Expectation expected) {
    String from = expected.from() == null ? "" : expected.from();
    String within = expected.within() == null ? "" : "within " + expected.within();
    return (from + " " + within).strip();
  }

  /** What happened. */
  static String of(TrackedFlow flow) {
    FlowChart chart = new FlowChart();
    for (TrackedFlow.Done done : flow.done()) {
      Edge edge = done.edge();
      Edge.Event cause = edge.consumed();
      String from =
          cause == null
              ? chart.node("begin " + flow.id(), flow.id(), "((", "))")
              : chart.node(cause);
      if (edge.produced().isEmpty()) {
        String nothing = chart.node("nothing " + edge.step() + from, said(edge), "([", "])");
        chart.arrow(from, nothing, edge.service());
      }
      for (Edge.Event event : edge.produced()) {
        chart.arrow(from, chart.node(event), edge.service() + ": " + said(edge));
      }
    }
    for (TrackedFlow.Missing missing : flow.missing()) {
      String what = String.join(" or ", missing.events());
      String node = chart.node("missing " + what, what + "?", "[/", "/]:::missing");
      chart.arrow(chart.last(flow, missing.after()), node, "missing");
    }
    return chart.out.toString();
  }

  private static String said(Edge edge) {
    return switch (edge.kind()) {
      case BEGUN, DONE -> edge.step();
      case REFUSED -> "refuse " + edge.step();
      case COMPENSATED -> "compensate " + edge.step();
      case EMPTY -> "nothing to compensate of " + edge.step();
      case BARRED -> "not " + edge.step() + ": compensated before";
      case TOO_LATE -> "too late to compensate " + edge.step();
    };
  }

  private String last(TrackedFlow flow, String type) {
    String found = type;
    for (TrackedFlow.Done done : flow.done()) {
      for (Edge.Event event : done.edge().produced()) {
        found = event.type().equals(type) ? event.id() : found;
      }
    }
    return node(found, type, "[", "]");
  }

  private String node(Edge.Event event) {
    return node(event.id(), event.type(), "[", "]");
  }

  private String node(String type) {
    return node(type, type, "[", "]");
  }

  private String node(String key, String text, String open, String close) {
    String known = nodes.get(key);
    if (known != null) {
      return known;
    }
    String id = "e" + (nodes.size() + 1);
    nodes.put(key, id);
    line(id + open + quoted(text) + close);
    return id;
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\"", "#quot;") + "\"";
  }

  private void arrow(String from, String to, String label) {
    line(from + (label.isEmpty() ? " --> " : " -- " + quoted(label) + " --> ") + to);
  }

  private void line(String text) {
    out.append("  ").append(text).append('\n');
  }

  /** What services declare: who does what on which event. */
  static String of(Set<Service> services) {
    FlowChart chart = new FlowChart();
    for (Service service : services) {
      service.begins().forEach(type -> chart.node(type, type, "((", "))"));
      for (Reaction reaction : service.reactions()) {
        for (String type : reaction.publishes()) {
          String label = service.name() + ": " + said(reaction);
          chart.arrow(chart.node(reaction.event()), chart.node(type), label);
        }
      }
    }
    return chart.out.toString();
  }

  private static String said(Reaction reaction) {
    return reaction.kind() == Reaction.Kind.COMPENSATION
        ? "compensate " + reaction.step()
        : reaction.step();
  }
}
