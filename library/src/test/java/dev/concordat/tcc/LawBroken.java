package dev.concordat.tcc;

/** A search found that a law does not hold. */
final class LawBroken extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LawBroken(String message) {
    super(message);
  }

  static void hold(boolean law, String otherwise) {
    if (!law) {
      throw new LawBroken(otherwise);
    }
  }
}
