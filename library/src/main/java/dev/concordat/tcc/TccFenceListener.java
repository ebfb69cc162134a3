package dev.concordat.tcc;

/** Hears what must never happen. Called after the answer is durable; must be quick. */
@FunctionalInterface
public interface TccFenceListener {

  /**
   * Somebody asked for what the protocol forbids: the opposite of what was done, a confirm of what
   * was never tried, or another body under the same id. Nothing was changed.
   */
  void protocolError(TccCall call, TccAnswer.Refused answer);
}
