package dev.concordat.saga;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The machine under search: the real one, or one with a planted bug. */
interface Decider {

  SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus);

  default @Nullable Instant wakeAt(SagaPlan plan, SagaState state, Instant now) {
    return SagaMachine.wakeAt(plan, state, now);
  }

  default boolean rides(SagaPlan plan, SagaEvent event) {
    return SagaMachine.rides(plan, event);
  }

  /** As {@link SagaRunner#isInside}: leaves nothing behind unless it is journalled with it. */
  default boolean isInside(SagaAction action) {
    return switch (action) {
      case SagaAction.Evaluate a -> true;
      case SagaAction.RunLocal a -> true;
      case SagaAction.CompensateLocal a -> true;
      case SagaAction.TakeSignal a -> true;
      case SagaAction.Merge a -> true;
      case SagaAction.SendCommand a -> true;
      case SagaAction.SendCompensation a -> true;
      case SagaAction.TakeReply a -> true;
      case SagaAction.RunOutside a -> false;
      case SagaAction.LookUp a -> false;
      case SagaAction.StartChild a -> false;
      case SagaAction.CheckChild a -> false;
      case SagaAction.CancelChild a -> false;
      case SagaAction.CompensateOutside a -> false;
    };
  }
}
