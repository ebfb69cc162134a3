package dev.concordat.messaging;

import java.util.List;

/** The state after a stimulus, and what is to be done. */
record RelayDecision(RelayState state, List<RelayAction> actions) {

  RelayDecision {
    actions = List.copyOf(actions);
  }
}
