package dev.concordat.saga;

import dev.concordat.core.Payload;
import java.util.List;

/** What the machine wants done. */
sealed interface SagaAction {

  /** Ask user code whether the step applies, or until when it sleeps. */
  record Evaluate(String step) implements SagaAction {}

  /** Run local steps in one transaction with the journal. */
  record RunLocal(List<String> steps, int attempt) implements SagaAction {}

  /** Call outside. */
  record RunOutside(String step, int attempt) implements SagaAction {}

  /** Send a command, in one transaction with the journal. */
  record SendCommand(String step, int attempt) implements SagaAction {}

  /** Hand a reply to the step that awaited it. */
  record TakeReply(String step, int attempt, SagaEvent.ReplyReceived reply) implements SagaAction {}

  /** Ask outside what became of an attempt. */
  record LookUp(String step, int attempt) implements SagaAction {}

  /** Hand a signal to the step that awaits it. */
  record TakeSignal(String step, int attempt, Payload payload) implements SagaAction {}

  /** Start the child, unless it exists. */
  record StartChild(String step, int attempt) implements SagaAction {}

  /** See whether the child has ended. */
  record CheckChild(String step, int attempt) implements SagaAction {}

  /** Cancel the child. */
  record CancelChild(String step, int attempt) implements SagaAction {}

  /** Merge the states of parallel branches. */
  record Merge(int node) implements SagaAction {}

  /** Compensate in one transaction with the journal. */
  record CompensateLocal(String step, int attempt) implements SagaAction {}

  /** Send the command that compensates, in one transaction with the journal. */
  record SendCompensation(String step, int attempt) implements SagaAction {}

  /** Compensate by a call outside. */
  record CompensateOutside(String step, int attempt) implements SagaAction {}
}
