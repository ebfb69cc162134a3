package dev.concordat.tcc;

/**
 * Who takes part in a transaction, as its initiator sees it: in this process, over HTTP, or however
 * you reach it. Thread-safe.
 */
@FunctionalInterface
public interface TccParticipant {

  /**
   * Asks the participant. May be called again with the same branch and operation, at the same time
   * too.
   *
   * @throws Exception if there is no answer, which counts as {@link TccAnswer.Unknown}
   */
  TccAnswer answer(TccCall call) throws Exception;
}
