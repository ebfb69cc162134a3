package dev.concordat.saga;

/**
 * A call that counteracts a step. It may be made more than once, always with the same key, and also
 * for a step of which nobody knows whether it took effect ({@link Call#certain} is false then): it
 * must do no harm if there is nothing to counteract.
 *
 * @param <S> the saga's state
 */
@FunctionalInterface
public interface OutsideCompensation<S> {

  /**
   * Counteracts the step.
   *
   * @param state the state as it was when the saga turned back
   * @param call carries the key of the step that is counteracted
   * @throws Exception whatever goes wrong; it is tried again by the compensation's own policy
   */
  void apply(S state, Call call) throws Exception;
}
