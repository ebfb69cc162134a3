package dev.concordat.reservation;

import dev.concordat.reservation.ReservationDecision.LetterAnswer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One decision in the making. Lives within one call. */
final class ReservationTurn {

  private final ReservationPlan plan;
  private final Instant now;
  private final List<ReservationEvent> events = new ArrayList<>();
  private final List<ReservationAction> actions = new ArrayList<>();
  private final List<LetterAnswer> answers = new ArrayList<>();
  private ReservationState state;

  ReservationTurn(ReservationPlan plan, ReservationState state, Instant now) {
    this.plan = plan;
    this.state = state;
    this.now = now;
  }

  void emit(ReservationEvent event) {
    events.add(event);
    state = state.apply(event);
  }

  /** Begins to perform; only one thing at a time. */
  void act(ReservationTask task, int number) {
    ReservationAction action = new ReservationAction(task, number);
    actions.add(action);
    state = state.doing(action);
  }

  void doing(@Nullable ReservationAction action) {
    state = state.doing(action);
  }

  void answer(int letter, boolean accepted, String text) {
    answers.add(new LetterAnswer(letter, accepted, text));
  }

  void attention(@Nullable ReservationBreak broken, String reason) {
    emit(new ReservationEvent.AttentionNeeded(broken, reason));
  }

  ReservationPlan plan() {
    return plan;
  }

  Instant now() {
    return now;
  }

  ReservationState state() {
    return state;
  }

  boolean isDue(@Nullable Instant at) {
    return at == null || !at.isAfter(now);
  }

  ReservationDecision end() {
    return new ReservationDecision(state, events, actions, answers);
  }
}
