package dev.concordat.saga;

import dev.concordat.core.Keys;
import dev.concordat.engine.Instance;
import dev.concordat.saga.SagaPlan.StepPlan;
import java.time.Duration;
import java.time.Instant;

/** What calls and commands carry. */
final class Calls {

  private Calls() {}

  static Call of(
      Saga<?> saga,
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      StepPlan step,
      int attempt,
      boolean compensating) {
    Duration limit = compensating ? step.undoTimeout() : step.timeout();
    Instant now = instance.engine().now();
    Instant end = now.plus(limit);
    Instant sagaEnd = instance.state().deadline();
    Instant deadline =
        !compensating && sagaEnd != null && sagaEnd.isBefore(end) && sagaEnd.isAfter(now)
            ? sagaEnd
            : end;
    return new Call(
        Keys.key(instance.uid(), step.name(), ""),
        Keys.key(instance.uid(), step.name(), compensating ? "compensation" : ""),
        instance.id(),
        saga.name(),
        step.name(),
        attempt,
        compensating,
        !instance.state().of(step.name()).maybeDone(),
        deadline,
        Duration.between(now, deadline),
        Keys.traceparent(
            instance.uid(), instance.state().trace(), step.name(), attempt, compensating));
  }
}
