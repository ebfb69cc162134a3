package dev.concordat.saga;

import dev.concordat.saga.SagaPlan.Node;
import dev.concordat.saga.SagaPlan.Parallel;
import dev.concordat.saga.SagaPlan.Role;
import dev.concordat.saga.SagaPlan.Single;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaPlan.Undo;
import java.util.ArrayList;
import java.util.List;

/** Draws a saga as a Mermaid flow chart. */
final class Mermaid {

  private final StringBuilder out = new StringBuilder("flowchart LR\n");
  private int next = 1;

  private Mermaid() {}

  static String of(SagaPlan plan) {
    Mermaid drawing = new Mermaid();
    List<String> ends = List.of("start");
    drawing.line("start((" + quoted(plan.label()) + "))");
    for (Node node : plan.nodes()) {
      ends =
          switch (node) {
            case Single single -> List.of(drawing.draw(single.step(), ends));
            case Parallel parallel -> drawing.draw(parallel, ends);
          };
    }
    drawing.line("done(((COMPLETED)))");
    drawing.arrows(ends, "done");
    return drawing.out.toString();
  }

  private List<String> draw(Parallel parallel, List<String> from) {
    List<String> ends = new ArrayList<>();
    for (SagaPlan.Branch branch : parallel.branches()) {
      List<String> end = from;
      for (StepPlan step : branch.steps()) {
        end = List.of(draw(step, end));
      }
      ends.addAll(end);
    }
    return ends;
  }

  private String draw(StepPlan step, List<String> from) {
    String id = "s" + next++;
    line(id + shape(step));
    arrows(from, id);
    if (step.undo() != Undo.NONE) {
      line(id + "c[" + quoted("compensate " + step.name()) + "]:::compensation");
      line(id + " -.-> " + id + "c");
    }
    return id;
  }

  private static String shape(StepPlan step) {
    String name = quoted(step.name());
    if (step.role() == Role.PIVOT) {
      return "{{" + name + "}}";
    }
    return switch (step.kind()) {
      case LOCAL -> "[(" + name + ")]";
      case OUTSIDE -> "[" + name + "]";
      case COMMAND -> ">" + name + "]";
      case CHILD -> "[[" + name + "]]";
      case SLEEP, SIGNAL -> "([" + name + "])";
    };
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\"", "#quot;") + "\"";
  }

  private void arrows(List<String> from, String to) {
    from.forEach(end -> line(end + " --> " + to));
  }

  private void line(String text) {
    out.append("  ").append(text).append('\n');
  }
}
