package dev.concordat.saga;

import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Declares more about a step, and goes on with the saga.
 *
 * @param <S> the saga's state
 * @param <B> the builder itself
 */
public abstract class StepBuilder<S, B extends StepBuilder<S, B>> extends SagaBuilder<S> {

  final StepDraft<S> step;

  StepBuilder(SagaDraft<S> draft, StepDraft<S> step) {
    super(draft);
    this.step = step;
  }

  abstract B self();

  /** When and how often to try again; by default five times within some seconds. */
  public B retry(RetryPolicy policy) {
    step.retry = policy;
    return self();
  }

  /** How long one attempt may take, 30 seconds unless said. */
  public B timeout(Duration timeout) {
    step.timeout = timeout;
    return self();
  }

  /** Runs the step only if this holds; it must depend on the state alone. */
  public B when(Predicate<S> condition) {
    step.when = condition;
    return self();
  }

  /** Declares that this step is not to be compensated, and why. */
  public B noCompensation(String reason) {
    step.undoReason = reason;
    return self();
  }

  /** When and how often to try the compensation again; by default twenty times. */
  public B compensationRetry(RetryPolicy policy) {
    step.undoRetry = policy;
    return self();
  }

  /** How long one attempt at compensating may take; by default as long as one at the step. */
  public B compensationTimeout(Duration timeout) {
    step.undoTimeout = timeout;
    return self();
  }

  /** Errors that mean the business refuses, beside {@code RefusedException}. */
  public B refusedWhen(Predicate<Throwable> condition) {
    step.refusedWhen = condition;
    return self();
  }
}
