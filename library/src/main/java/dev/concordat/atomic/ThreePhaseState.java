package dev.concordat.atomic;

/** Where one participant of a three-phase commit stands, as its row says. */
public enum ThreePhaseState {
  /** It has not voted, and has no row. */
  INITIAL,
  /** It voted yes, and can do either from now on. */
  WAIT,
  /** It knows that all voted yes, and that somebody tries to commit. */
  PRE_COMMIT,
  /** It knows that somebody tries to abort. */
  PRE_ABORT,
  /** Its share is done, for good. */
  COMMITTED,
  /** Its share is not done, and never will be. */
  ABORTED;

  /** Whether it never changes again. */
  public boolean isFinal() {
    return this == COMMITTED || this == ABORTED;
  }
}
