package dev.concordat.saga;

import dev.concordat.core.StateCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A saga being declared. */
final class SagaDraft<S> {

  /** One step, or branches. Exactly one of the two is there. */
  record Node<S>(@Nullable StepDraft<S> step, List<SagaDraft<S>> branches) {}

  final String name;
  final Class<S> type;
  final List<Node<S>> nodes = new ArrayList<>();
  final Map<String, Function<S, String>> attributes = new LinkedHashMap<>();
  int version = 1;
  @Nullable Duration deadline;
  boolean fused;
  boolean parkUnexpected = true;
  @Nullable BranchMerger<S> merger;
  @Nullable StateCodec codec;

  SagaDraft(String name, Class<S> type) {
    this.name = name;
    this.type = type;
  }

  StepDraft<S> add(StepDraft<S> step) {
    nodes.add(new Node<>(step, List.of()));
    return step;
  }

  List<StepDraft<S>> allSteps() {
    List<StepDraft<S>> all = new ArrayList<>();
    for (Node<S> node : nodes) {
      if (node.step() != null) {
        all.add(node.step());
      }
      node.branches().forEach(branch -> all.addAll(branch.allSteps()));
    }
    return all;
  }
}
