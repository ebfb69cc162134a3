package dev.concordat.saga;

/**
 * Makes a command.
 *
 * @param <S> the saga's state
 */
@FunctionalInterface
public interface CommandAction<S> {

  /**
   * Makes the command of one attempt. Runs inside the transaction that sends it, so it should do
   * nothing else, and be quick.
   *
   * @param state the saga's state
   * @param call what the command will carry in its headers, and the idempotency key
   * @throws dev.concordat.core.RefusedException if the step is refused; nothing is sent then
   * @throws Exception anything else that {@link OutsideAction} may throw; nothing is sent then
   */
  Command apply(S state, Call call) throws Exception;
}
