package dev.concordat.tcc;

/** Where a transaction stands. */
public enum TccStatus {
  /** What the branches need is being held. It may yet be confirmed or cancelled. */
  TRYING,
  /** It is decided that every branch is confirmed, and they are being told. */
  CONFIRMING,
  /** It is decided that every branch is cancelled, and they are being told. */
  CANCELLING,
  /** Every branch is confirmed, or settled by hand. Final. */
  CONFIRMED,
  /** Nothing is held any more, or a person has seen to it. Final. */
  CANCELLED;

  static TccStatus of(TccState state) {
    return switch (state.operation()) {
      case TRY -> TRYING;
      case CONFIRM -> state.isFinal() ? CONFIRMED : CONFIRMING;
      case CANCEL -> state.isFinal() ? CANCELLED : CANCELLING;
    };
  }

  /** Whether nothing will ever change this transaction again. */
  public boolean isFinal() {
    return this == CONFIRMED || this == CANCELLED;
  }
}
