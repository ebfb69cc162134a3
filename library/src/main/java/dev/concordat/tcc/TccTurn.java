package dev.concordat.tcc;

import dev.concordat.core.RetryPolicy;
import dev.concordat.tcc.TccDecision.LetterAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One decision in the making: the state so far and what has been decided. Lives within one call.
 */
final class TccTurn {

  private final TccPlan plan;
  private final Instant now;
  private final List<TccEvent> events = new ArrayList<>();
  private final List<TccAction> actions = new ArrayList<>();
  private final List<LetterAnswer> answers = new ArrayList<>();
  private TccState state;

  TccTurn(TccPlan plan, TccState state, Instant now) {
    this.plan = plan;
    this.state = state;
    this.now = now;
  }

  void emit(TccEvent event) {
    events.add(event);
    state = state.apply(event);
  }

  void answer(int letter, boolean accepted, String text) {
    answers.add(new LetterAnswer(letter, accepted, text));
  }

  /** Asks the branch once more for what is to be done now. */
  void ask(String branch) {
    TccOperation operation = state.operation();
    int attempt = of(branch).attempts() + 1;
    emit(new TccEvent.Sent(operation, branch, attempt));
    actions.add(
        plan.isLocal(branch)
            ? new TccAction.RunLocal(operation, branch, attempt)
            : new TccAction.Ask(operation, branch, attempt));
  }

  /** How long to wait before the branch is asked again, or empty if it is not. */
  Optional<Duration> delay(String branch, double random) {
    TccBranchState now = of(branch);
    RetryPolicy policy =
        state.operation() == TccOperation.TRY ? plan.tryRetry() : plan.confirmRetry();
    Instant first = now.firstFailure();
    Duration since = first == null ? Duration.ZERO : Duration.between(first, this.now);
    return policy.delay(now.counted(), since, random);
  }

  TccPlan plan() {
    return plan;
  }

  Instant now() {
    return now;
  }

  TccState state() {
    return state;
  }

  TccBranchState of(String branch) {
    return state.of(branch);
  }

  boolean isDue(@Nullable Instant at) {
    return at == null || !at.isAfter(now);
  }

  TccDecision end() {
    return new TccDecision(state, events, actions, answers);
  }
}
