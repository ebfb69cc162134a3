package dev.concordat.saga;

import dev.concordat.saga.SagaPlan.Branch;
import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.Node;
import dev.concordat.saga.SagaPlan.Parallel;
import dev.concordat.saga.SagaPlan.Role;
import dev.concordat.saga.SagaPlan.Single;
import dev.concordat.saga.SagaPlan.Undo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What a saga must satisfy before it may run, and the making of one that does. */
final class Soundness {

  private static final int MAX_NAME = 200;

  private Soundness() {}

  static <S> Saga<S> build(SagaDraft<S> draft) {
    List<String> reasons = new ArrayList<>();
    names(draft, reasons);
    durations(draft, reasons);
    branches(draft, reasons);
    order(draft, reasons);
    compensations(draft, reasons);
    if (!reasons.isEmpty()) {
      throw new UnsoundSagaException(draft.name, reasons);
    }
    Map<String, StepCode<S>> code = new LinkedHashMap<>();
    draft.allSteps().forEach(step -> code.put(step.name, step.code()));
    BranchMerger<S> merger = draft.merger == null ? new RecordMerger<>(draft.type) : draft.merger;
    return new Saga<>(draft.type, plan(draft), code, draft.attributes, merger, draft.codec);
  }

  private static SagaPlan plan(SagaDraft<?> draft) {
    List<Node> nodes = new ArrayList<>();
    for (SagaDraft.Node<?> node : draft.nodes) {
      nodes.add(
          node.step() != null
              ? new Single(node.step().plan(draft.deadline))
              : parallel(draft, node.branches()));
    }
    return new SagaPlan(
        draft.name,
        draft.version,
        nodes,
        Optional.ofNullable(draft.deadline),
        draft.fused,
        draft.parkUnexpected);
  }

  private static Parallel parallel(SagaDraft<?> draft, List<? extends SagaDraft<?>> branches) {
    return new Parallel(
        branches.stream()
            .map(b ->
                new Branch(b.allSteps().stream().map(step -> step.plan(draft.deadline)).toList()))
            .toList());
  }

  private static void names(SagaDraft<?> draft, List<String> reasons) {
    name("the saga", draft.name, reasons);
    if (draft.version < 1) {
      reasons.add("its version is " + draft.version + "; versions count from 1");
    }
    if (draft.nodes.isEmpty()) {
      reasons.add("it has no step");
    }
    Set<String> seen = new HashSet<>();
    for (StepDraft<?> step : draft.allSteps()) {
      name("a step", step.name, reasons);
      if (!seen.add(step.name)) {
        reasons.add(
            "two steps are named '"
                + step.name
                + "'; the journal tells steps by their names, so give each its own");
      }
    }
  }

  private static void name(String what, String name, List<String> reasons) {
    if (name == null || name.isBlank()) {
      reasons.add(what + " has a blank name");
    } else if (name.length() > MAX_NAME || name.indexOf('\0') >= 0) {
      reasons.add(what + "'s name is longer than " + MAX_NAME + " characters, or has a NUL in it");
    }
  }

  private static void durations(SagaDraft<?> draft, List<String> reasons) {
    Duration deadline = draft.deadline;
    if (deadline != null && !isPositive(deadline)) {
      reasons.add("its deadline " + deadline + " is not positive");
    }
    for (StepDraft<?> step : draft.allSteps()) {
      boolean waits = step.kind == Kind.SLEEP || step.kind == Kind.SIGNAL;
      if (!isPositive(step.timeout(deadline))
          || (step.undoTimeout != null && !isPositive(step.undoTimeout))) {
        reasons.add("step '" + step.name + "' has a timeout that is not positive");
      }
      if (step.waits != null && !isPositive(step.waits)) {
        reasons.add("step '" + step.name + "' waits for " + step.waits + ", which is not positive");
      }
      Duration takes =
          waits ? Objects.requireNonNullElse(step.waits, Duration.ZERO) : step.timeout(deadline);
      if (deadline != null && step.role != Role.RETRIABLE && takes.compareTo(deadline) > 0) {
        reasons.add(
            "step '"
                + step.name
                + "' may take "
                + takes
                + ", longer than the deadline "
                + deadline
                + " of the whole saga; shorten one or lengthen the other");
      }
    }
  }

  private static boolean isPositive(Duration time) {
    return !time.isZero() && !time.isNegative();
  }

  private static void branches(SagaDraft<?> draft, List<String> reasons) {
    for (SagaDraft.Node<?> node : draft.nodes) {
      if (node.step() != null) {
        continue;
      }
      if (node.branches().size() < 2) {
        reasons.add("a parallel part has fewer than two branches");
      }
      if (draft.merger == null && !draft.type.isRecord()) {
        reasons.add(
            "its state "
                + draft.type.getSimpleName()
                + " is no record, so declare merging(…) for its parallel branches");
      }
      node.branches().forEach(branch -> branch(branch, reasons));
    }
  }

  private static void branch(SagaDraft<?> branch, List<String> reasons) {
    if (branch.nodes.isEmpty()) {
      reasons.add("a branch has no step");
    }
    if (branch.nodes.stream().anyMatch(node -> node.step() == null)) {
      reasons.add("a branch has parallel parts of its own; put them into a child saga");
    }
    if (branch.deadline != null || !branch.attributes.isEmpty() || branch.merger != null) {
      reasons.add("deadline, attributes and merging are declared on the saga, not on a branch");
    }
    for (StepDraft<?> step : branch.allSteps()) {
      if (step.role == Role.PIVOT) {
        reasons.add("the pivot '" + step.name + "' is in a branch; it must stand alone");
      }
    }
  }

  private static void order(SagaDraft<?> draft, List<String> reasons) {
    StepDraft<?> pivot = null;
    for (StepDraft<?> step : draft.allSteps()) {
      if (step.role == Role.PIVOT && pivot != null) {
        reasons.add(
            "it has two pivots, '"
                + pivot.name
                + "' and '"
                + step.name
                + "'; a saga turns irreversible once, so make the second retriable");
      } else if (step.role == Role.PIVOT) {
        pivot = step;
      } else if (step.role == Role.RETRIABLE && pivot == null) {
        reasons.add(
            "'"
                + step.name
                + "' is retriable but no pivot comes before it; only forward makes no"
                + " sense while the saga can still turn back");
      } else if (step.role == Role.COMPENSABLE && pivot != null && acts(step)) {
        reasons.add(
            "'"
                + step.name
                + "' comes after the pivot '"
                + pivot.name
                + "', where nothing is compensated any more; make it retriable");
      }
    }
  }

  /** Waiting has no effect, so it may stand anywhere. */
  private static boolean acts(StepDraft<?> step) {
    return step.kind != Kind.SLEEP && step.kind != Kind.SIGNAL;
  }

  private static void compensations(SagaDraft<?> draft, List<String> reasons) {
    for (StepDraft<?> step : draft.allSteps()) {
      boolean has = step.undo() != Undo.NONE;
      if (step.undos() > 1) {
        reasons.add("'" + step.name + "' has two compensations; keep one");
      }
      if (has && step.undoReason != null) {
        reasons.add(
            "'" + step.name + "' has a compensation, and a reason for having none; keep one");
      }
      if (step.role != Role.COMPENSABLE && has) {
        reasons.add(
            "'"
                + step.name
                + "' is "
                + (step.role == Role.PIVOT ? "the pivot" : "after the pivot")
                + " and is never compensated, yet it has a compensation; remove it");
      }
      boolean stated = step.undoReason != null && !step.undoReason.isBlank();
      if (step.role == Role.COMPENSABLE && acts(step) && !has && !stated) {
        reasons.add(
            "'"
                + step.name
                + "' has no compensation; declare one with compensate(…), or say with"
                + " noCompensation(reason) why none is needed");
      }
    }
  }
}
