package dev.concordat.saga;

/**
 * Declares more about a local step.
 *
 * @param <S> the saga's state
 */
public final class LocalStep<S> extends StepBuilder<S, LocalStep<S>> {

  LocalStep(SagaDraft<S> draft, StepDraft<S> step) {
    super(draft, step);
  }

  @Override
  LocalStep<S> self() {
    return this;
  }

  /** What counteracts the step, in one transaction with the journal. */
  public LocalStep<S> compensate(LocalCompensation<S> compensation) {
    step.localUndo = compensation;
    return this;
  }

  /** What counteracts the step, by a call outside. */
  public LocalStep<S> compensateOutside(OutsideCompensation<S> compensation) {
    step.outsideUndo = compensation;
    return this;
  }
}
