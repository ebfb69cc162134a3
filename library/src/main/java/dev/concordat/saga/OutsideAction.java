package dev.concordat.saga;

/**
 * A call to a system outside. It may be made more than once, always with the same {@link Call#key}.
 *
 * @param <S> the saga's state
 */
@FunctionalInterface
public interface OutsideAction<S> {

  /**
   * Makes the call.
   *
   * @param state the state so far
   * @param call the idempotency key, the attempt, the deadline and the trace context to send along
   * @return the state after the step; may be the same
   * @throws Exception whatever goes wrong; a {@link dev.concordat.core.RefusedException} says that
   *     the business refuses, and a {@link StepFailure} what exactly is known
   */
  S apply(S state, Call call) throws Exception;
}
