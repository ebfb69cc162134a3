package dev.concordat.saga;

import dev.concordat.core.Outcome;

/**
 * Asks a system outside what became of a call whose answer was lost.
 *
 * @param <S> the saga's state
 */
@FunctionalInterface
public interface LookUp<S> {

  /**
   * Asks.
   *
   * @param state the state before the step
   * @param call carries the key of the call in question
   * @return Done with the state after the step; Refused only if it certainly did not happen and
   *     will not; Unknown to be asked again later
   * @throws Exception counts as Unknown
   */
  Outcome<S> apply(S state, Call call) throws Exception;
}
