package dev.concordat.saga;

import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a saga: all that {@link SagaMachine} needs to know of it, and nothing that runs.
 *
 * @param name the definition's name
 * @param version the definition's version
 * @param nodes in order
 * @param deadline how long an instance may go forward before its pivot
 * @param fused whether adjacent local steps share one commit
 * @param parkUnexpected whether an unforeseen error waits for a person, or compensates
 */
record SagaPlan(
    String name,
    int version,
    List<Node> nodes,
    Optional<Duration> deadline,
    boolean fused,
    boolean parkUnexpected) {

  SagaPlan {
    nodes = List.copyOf(nodes);
  }

  /** One step, or branches of steps that run at the same time. */
  sealed interface Node {}

  record Single(StepPlan step) implements Node {}

  record Parallel(List<Branch> branches) implements Node {
    Parallel {
      branches = List.copyOf(branches);
    }
  }

  record Branch(List<StepPlan> steps) {
    Branch {
      steps = List.copyOf(steps);
    }
  }

  enum Kind {
    /** Business SQL in one transaction with the journal. */
    LOCAL,
    /** A call to a system outside. */
    OUTSIDE,
    /** A command that goes out in one transaction with the journal, and waits for its reply. */
    COMMAND,
    /** A saga of its own. */
    CHILD,
    /** Waits for time to pass. */
    SLEEP,
    /** Waits for a signal. */
    SIGNAL
  }

  enum Role {
    COMPENSABLE,
    PIVOT,
    RETRIABLE
  }

  enum Undo {
    NONE,
    LOCAL,
    OUTSIDE,
    COMMAND
  }

  /**
   * The shape of a step.
   *
   * @param undoReason why there is no compensation, where there is none
   * @param lookup whether it can be asked what became of an attempt
   * @param evaluated whether user code decides, before it starts, if it applies or until when it
   *     sleeps
   * @param waits how long a SLEEP lasts, or a SIGNAL is waited for
   * @param signal what a SIGNAL step waits for
   * @param elseGoOn whether a SIGNAL that does not come in time is no reason to turn back
   */
  record StepPlan(
      String name,
      Kind kind,
      Role role,
      RetryPolicy retry,
      Duration timeout,
      Undo undo,
      String undoReason,
      RetryPolicy undoRetry,
      Duration undoTimeout,
      boolean lookup,
      boolean evaluated,
      @Nullable Duration waits,
      @Nullable String signal,
      boolean elseGoOn) {}

  /** The step of that name, or null. */
  @Nullable StepPlan find(String name) {
    for (Node node : nodes) {
      for (StepPlan step : steps(node)) {
        if (step.name().equals(name)) {
          return step;
        }
      }
    }
    return null;
  }

  /** The step of that name, which is known to be there. */
  StepPlan step(String name) {
    StepPlan step = find(name);
    if (step == null) {
      throw new IllegalArgumentException("no step '" + name + "' in " + label());
    }
    return step;
  }

  /** The index of the node with the step of that name, or -1. */
  int nodeOf(String name) {
    for (int i = 0; i < nodes.size(); i++) {
      if (steps(nodes.get(i)).stream().anyMatch(step -> step.name().equals(name))) {
        return i;
      }
    }
    return -1;
  }

  /** Which branch of a parallel node the step is in, or null for a step that stands alone. */
  @Nullable String branchOf(String name) {
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i) instanceof Parallel parallel) {
        for (int b = 0; b < parallel.branches().size(); b++) {
          if (parallel.branches().get(b).steps().stream().anyMatch(s -> s.name().equals(name))) {
            return i + "/" + b;
          }
        }
      }
    }
    return null;
  }

  static List<StepPlan> steps(Node node) {
    return switch (node) {
      case Single single -> List.of(single.step());
      case Parallel parallel ->
          parallel.branches().stream().flatMap(branch -> branch.steps().stream()).toList();
    };
  }

  List<StepPlan> allSteps() {
    return nodes.stream().flatMap(node -> steps(node).stream()).toList();
  }

  String label() {
    return name + "@" + version;
  }
}
