package dev.concordat.choreography;

import dev.concordat.core.ReceivedMessage;

/**
 * An event of a flow, as a service gets it.
 *
 * @param message the event
 * @param flow the flow's id
 * @param flowName which flow it is one of
 * @param hop how many events were before it in its chain of causes
 * @param stepDone to a compensation: whether its step was done. If not, there is nothing to
 *     compensate, and the step will not be done any more
 */
public record FlowEvent(
    ReceivedMessage message, String flow, String flowName, int hop, boolean stepDone) {

  /**
   * The payload as a value.
   *
   * @throws dev.concordat.core.RefusedException if it is no JSON of that type
   */
  public <T> T json(Class<T> as) {
    return message.json(as);
  }
}
