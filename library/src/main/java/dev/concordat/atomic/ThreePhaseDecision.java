package dev.concordat.atomic;

import java.util.List;

/**
 * The state after a stimulus, and what is to be sent.
 *
 * @param round the state
 * @param sends to whom what
 */
record ThreePhaseDecision(ThreePhaseRound round, List<Send> sends) {

  ThreePhaseDecision {
    sends = List.copyOf(sends);
  }

  /** A request to a participant. */
  record Send(String to, ThreePhaseRequest request) {}
}
