package dev.concordat.tcc;

import java.util.List;

/**
 * What the machine made of a stimulus.
 *
 * @param state the state after the events
 * @param events to be appended to the journal
 * @param actions to be performed once the events are durable
 * @param answers to letters
 */
record TccDecision(
    TccState state, List<TccEvent> events, List<TccAction> actions, List<LetterAnswer> answers) {

  TccDecision {
    events = List.copyOf(events);
    actions = List.copyOf(actions);
    answers = List.copyOf(answers);
  }

  /** The answer to a letter. */
  record LetterAnswer(int letter, boolean accepted, String text) {}
}
