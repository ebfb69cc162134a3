package dev.concordat.saga;

import java.time.Duration;

/**
 * Declares more about waiting for a signal.
 *
 * @param <S> the saga's state
 */
public final class SignalStep<S> extends SagaBuilder<S> {

  private final StepDraft<S> step;

  SignalStep(SagaDraft<S> draft, StepDraft<S> step) {
    super(draft);
    this.step = step;
  }

  /** Waits for a signal of another name than the step's. */
  public SignalStep<S> signal(String name) {
    step.signal = name;
    return this;
  }

  /** How long to wait; then the step counts as refused, and the saga is compensated. */
  public SignalStep<S> timeout(Duration time) {
    step.waits = time;
    return this;
  }

  /** How long to wait; then the saga goes on without the signal. */
  public SignalStep<S> timeoutThenGoOn(Duration time) {
    step.waits = time;
    step.elseGoOn = true;
    return this;
  }
}
