package dev.concordat.tcc;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The machine under search: the real one, or one with a planted bug. */
interface TccDecider {

  TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus);

  default @Nullable Instant wakeAt(TccPlan plan, TccState state, Instant now) {
    return TccMachine.wakeAt(plan, state, now);
  }

  default boolean waits(TccPlan plan, TccEvent event) {
    return TccMachine.waits(plan, event);
  }

  default boolean rides(TccPlan plan, TccEvent event) {
    return TccMachine.rides(plan, event);
  }

  /** As {@link TccRunner#isInside}: leaves nothing behind unless it is journalled with it. */
  default boolean isInside(TccAction action) {
    return action instanceof TccAction.RunLocal;
  }
}
