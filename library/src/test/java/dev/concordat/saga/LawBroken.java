package dev.concordat.saga;

/** A search found that a law does not hold. */
final class LawBroken extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LawBroken(String message) {
    super(message);
  }
}
