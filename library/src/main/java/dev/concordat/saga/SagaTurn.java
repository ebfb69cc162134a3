package dev.concordat.saga;

import dev.concordat.saga.SagaDecision.LetterAnswer;
import dev.concordat.saga.SagaPlan.StepPlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One decision in the making: the state so far and what has been decided. Lives within one call.
 */
final class SagaTurn {

  private final SagaPlan plan;
  private final Instant now;
  private final List<SagaEvent> events = new ArrayList<>();
  private final List<SagaAction> actions = new ArrayList<>();
  private final List<LetterAnswer> answers = new ArrayList<>();
  private SagaState state;

  SagaTurn(SagaPlan plan, SagaState state, Instant now) {
    this.plan = plan;
    this.state = state;
    this.now = now;
  }

  void emit(SagaEvent event) {
    events.add(event);
    state = state.apply(event);
  }

  void act(SagaAction action) {
    actions.add(action);
  }

  void answer(int letter, boolean accepted, String text) {
    answers.add(new LetterAnswer(letter, accepted, text));
  }

  void attention(@Nullable String step, String reason) {
    emit(new SagaEvent.AttentionNeeded(step, reason));
  }

  SagaPlan plan() {
    return plan;
  }

  Instant now() {
    return now;
  }

  SagaState state() {
    return state;
  }

  StepState of(String step) {
    return state.of(step);
  }

  StepPlan step(String name) {
    return plan.step(name);
  }

  boolean isDue(@Nullable Instant at) {
    return at == null || !at.isAfter(now);
  }

  SagaDecision end() {
    return new SagaDecision(state, events, actions, answers);
  }
}
