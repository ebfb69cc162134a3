package dev.concordat.reservation;

/**
 * Asks something of an outside system. An exception means that nobody knows whether it happened,
 * but for a {@link dev.concordat.core.NotNowException}: then certainly nothing was sent.
 *
 * @param <S> the reservation's state
 */
@FunctionalInterface
public interface ProviderAction<S> {

  /** Asks, and gives what was answered. May be called again with the same key. */
  ProviderAnswer apply(S state, ProviderCall call) throws Exception;
}
