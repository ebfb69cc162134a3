package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import org.jspecify.annotations.Nullable;

/**
 * What an outside system answers to a call, a question, a void or a refund. No answer at all is an
 * exception: it may have happened.
 */
public sealed interface ProviderAnswer {

  /**
   * It says how the effect stands.
   *
   * @param finding how
   * @param amount what moved, or null if that was not said
   * @param reference what the outside system calls it, or null if that was not said
   * @param detail for people
   */
  record Found(Finding finding, @Nullable Money amount, @Nullable String reference, String detail)
      implements ProviderAnswer {}

  /**
   * It knows the key, but with another request. A bug on one of the two sides: never tried again,
   * and never taken for a refusal, because what the key did first may have happened.
   *
   * @param detail for people
   */
  record KeyMisused(String detail) implements ProviderAnswer {}

  /** It happened, to the amount that was asked for. */
  static ProviderAnswer done(@Nullable String reference) {
    return new Found(Finding.DONE, null, reference, "done");
  }

  /** It happened, to that amount. */
  static ProviderAnswer done(Money amount, @Nullable String reference) {
    return new Found(Finding.DONE, amount, reference, "done");
  }

  /** It certainly did not happen and will not. */
  static ProviderAnswer refused(String reason) {
    return new Found(Finding.REFUSED, null, null, reason);
  }

  /** It is under way over there. */
  static ProviderAnswer pending(@Nullable String reference) {
    return new Found(Finding.PENDING, null, reference, "under way");
  }

  /** Over there nobody knows of it; it may arrive yet. */
  static ProviderAnswer notFound() {
    return new Found(Finding.NOT_FOUND, null, null, "not known there");
  }

  /** It happened and is taken back: voided, refunded. */
  static ProviderAnswer reversed(@Nullable String reference) {
    return new Found(Finding.REVERSED, null, reference, "taken back");
  }

  /** It happened, and that amount of it is taken back. */
  static ProviderAnswer reversed(Money amount, @Nullable String reference) {
    return new Found(Finding.REVERSED, amount, reference, "taken back");
  }
}
