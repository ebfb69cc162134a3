package dev.concordat.core;

/** What an operator can ask of an instance. */
public enum Verb {
  /** Try again what failed, with a fresh count of attempts. */
  RETRY,
  /** Go on without it. */
  SKIP,
  /** Take this as its result. */
  SUPPLY,
  /** Give up turning back, and go forward from what failed. */
  FORWARD,
  /** Turn back. */
  CANCEL,
  /** Start nothing new. */
  PAUSE,
  /** Go on after a pause. */
  RESUME
}
