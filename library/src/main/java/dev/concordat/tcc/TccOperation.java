package dev.concordat.tcc;

/** What a participant is asked to do. */
public enum TccOperation {
  /** Hold what the branch needs; what is held can be confirmed and cancelled, whatever happens. */
  TRY,
  /** Make what is held final. */
  CONFIRM,
  /** Give back what is held, if anything is. */
  CANCEL
}
