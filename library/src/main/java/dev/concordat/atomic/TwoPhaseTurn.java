package dev.concordat.atomic;

import java.util.List;

/**
 * What the machine makes of a stimulus.
 *
 * @param state the state afterwards
 * @param actions what to do; those on different branches may be done at the same time
 */
record TwoPhaseTurn(TwoPhaseState state, List<TwoPhaseAction> actions) {

  /** Copies the actions. */
  TwoPhaseTurn {
    actions = List.copyOf(actions);
  }
}
