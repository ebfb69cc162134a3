package dev.concordat.saga;

import dev.concordat.core.Reply;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Declares more about a step that sends a command. Its time-out is how long to wait for the reply
 * before the command is sent again.
 *
 * @param <S> the saga's state
 */
public final class CommandStep<S> extends StepBuilder<S, CommandStep<S>> {

  CommandStep(SagaDraft<S> draft, StepDraft<S> step) {
    super(draft, step);
  }

  @Override
  CommandStep<S> self() {
    return this;
  }

  /**
   * What the reply makes of the state, which is left as it is unless said.
   *
   * @param take makes the new state of the state and a reply that is no refusal. It may be called
   *     again after a crash, so it should do nothing else. A {@link
   *     dev.concordat.core.RefusedException} says that the saga does not want what was done: it
   *     turns back, and the step is compensated
   */
  public CommandStep<S> onReply(BiFunction<S, Reply, S> take) {
    step.onReply = take;
    return this;
  }

  /**
   * Types of replies that mean no, beside those of participants who say so in the header {@link
   * dev.concordat.core.CommandHeaders#REFUSED}. Such a no is taken for that of one attempt: if
   * another one went unanswered, the step may have happened all the same.
   */
  public CommandStep<S> refusedBy(String... types) {
    step.refusedBy.addAll(List.of(types));
    return this;
  }

  /** The command that counteracts the step; its reply is waited for, too. */
  public CommandStep<S> compensateBy(CommandAction<S> command) {
    step.commandUndo = command;
    return this;
  }

  /** What counteracts the step, by a call outside. */
  public CommandStep<S> compensate(OutsideCompensation<S> compensation) {
    step.outsideUndo = compensation;
    return this;
  }

  /** What counteracts the step, in one transaction with the journal. */
  public CommandStep<S> compensateLocally(LocalCompensation<S> compensation) {
    step.localUndo = compensation;
    return this;
  }
}
