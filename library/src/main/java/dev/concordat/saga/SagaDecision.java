package dev.concordat.saga;

import java.util.List;

/**
 * What the machine decided.
 *
 * @param state the state after the events
 * @param events to be appended to the journal
 * @param actions to be performed once the events are durable
 * @param answers to letters
 */
record SagaDecision(
    SagaState state, List<SagaEvent> events, List<SagaAction> actions, List<LetterAnswer> answers) {

  SagaDecision {
    events = List.copyOf(events);
    actions = List.copyOf(actions);
    answers = List.copyOf(answers);
  }

  /** The answer to a letter. */
  record LetterAnswer(int letter, boolean accepted, String text) {}
}
