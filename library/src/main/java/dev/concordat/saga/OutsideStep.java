package dev.concordat.saga;

/**
 * Declares more about a step that calls outside, or that is a child saga.
 *
 * @param <S> the saga's state
 */
public final class OutsideStep<S> extends StepBuilder<S, OutsideStep<S>> {

  OutsideStep(SagaDraft<S> draft, StepDraft<S> step) {
    super(draft, step);
  }

  @Override
  OutsideStep<S> self() {
    return this;
  }

  /** What counteracts the step. */
  public OutsideStep<S> compensate(OutsideCompensation<S> compensation) {
    step.outsideUndo = compensation;
    return this;
  }

  /** What counteracts the step, in one transaction with the journal. */
  public OutsideStep<S> compensateLocally(LocalCompensation<S> compensation) {
    step.localUndo = compensation;
    return this;
  }

  /** How to find out what became of an attempt whose answer was lost, before it is tried again. */
  public OutsideStep<S> inDoubt(LookUp<S> lookUp) {
    step.lookUp = lookUp;
    return this;
  }

  /** Who is called; calls to one participant share the limit set for it on Concordat. */
  public OutsideStep<S> participant(String participant) {
    step.participant = participant;
    return this;
  }
}
