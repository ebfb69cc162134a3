package dev.concordat.saga;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an onlooker who reads the journal remembers of it, kept apart from the machine's own state,
 * so that the machine is not judged by what it says of itself.
 */
final class Memory {

  /** Steps whose outcome is recorded: done or skipped. */
  final Set<String> recorded = new TreeSet<>();

  /** Steps with a state of their own in the instance's state. */
  final Set<String> changed = new TreeSet<>();

  /** Steps that took effect or may have, in the order in which that became known. */
  final List<String> order = new ArrayList<>();

  /** Of these, the ones that are compensated or stay uncompensated on purpose. */
  final Set<String> settled = new TreeSet<>();

  final Set<String> maybe = new TreeSet<>();
  final Set<String> leftByOperator = new TreeSet<>();
  boolean halted;
  boolean back;
  boolean pivotPassed;

  Memory copy() {
    Memory copy = new Memory();
    copy.recorded.addAll(recorded);
    copy.changed.addAll(changed);
    copy.order.addAll(order);
    copy.settled.addAll(settled);
    copy.maybe.addAll(maybe);
    copy.leftByOperator.addAll(leftByOperator);
    copy.halted = halted;
    copy.back = back;
    copy.pivotPassed = pivotPassed;
    return copy;
  }

  void take(SagaPlan plan, SagaEvent event) {
    switch (event) {
      case SagaEvent.StepDone e -> {
        done(plan, e.step());
        order.add(e.step());
        if (e.state() != null) {
          changed.add(e.step());
        }
      }
      case SagaEvent.StepSkipped e -> {
        done(plan, e.step());
        if (e.maybeDone()) {
          order.add(e.step());
        }
      }
      case SagaEvent.StepGivenUp e -> {
        if (e.maybeDone()) {
          order.add(e.step());
          maybe.add(e.step());
        }
      }
      case SagaEvent.Halted e -> halted = true;
      case SagaEvent.CompensationBegan e -> back = true;
      case SagaEvent.CompensationDone e -> settled.add(e.step());
      case SagaEvent.CompensationSkipped e -> settled.add(e.step());
      case SagaEvent.VerbApplied e -> verb(e);
      default -> {}
    }
  }

  private void done(SagaPlan plan, String step) {
    recorded.add(step);
    pivotPassed |= plan.step(step).role() == SagaPlan.Role.PIVOT;
  }

  private void verb(SagaEvent.VerbApplied event) {
    switch (event.verb()) {
      case SKIP, SUPPLY -> {
        if (event.step() != null) {
          leftByOperator.add(event.step());
        }
      }
      case FORWARD -> {
        halted = false;
        back = false;
        order.removeAll(maybe);
        settled.clear();
        maybe.clear();
      }
      default -> {}
    }
  }

  /** The step to be compensated next: the last one that is not settled. */
  String nextBack(SagaPlan plan) {
    for (int i = order.size() - 1; i >= 0; i--) {
      SagaPlan.Kind kind = plan.step(order.get(i)).kind();
      boolean acts = kind != SagaPlan.Kind.SLEEP && kind != SagaPlan.Kind.SIGNAL;
      if (acts && !settled.contains(order.get(i))) {
        return order.get(i);
      }
    }
    return "";
  }

  void describe(StringBuilder key) {
    key.append(recorded).append(changed).append(order).append(settled).append(maybe);
    key.append(leftByOperator).append(halted).append(back).append(pivotPassed);
  }
}
