package dev.concordat.reservation;

/** A law does not hold. */
final class LawBroken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LawBroken(String law) {
    super(law);
  }
}
