package dev.concordat.reservation;

import java.util.List;

/**
 * What the machine decided.
 *
 * @param state the state after the events, and with what is now being performed
 * @param events to be appended to the journal
 * @param actions to be performed once the events are durable
 * @param answers to letters
 */
record ReservationDecision(
    ReservationState state,
    List<ReservationEvent> events,
    List<ReservationAction> actions,
    List<LetterAnswer> answers) {

  ReservationDecision {
    events = List.copyOf(events);
    actions = List.copyOf(actions);
    answers = List.copyOf(answers);
  }

  /** The answer to a letter. */
  record LetterAnswer(int letter, boolean accepted, String text) {}
}
