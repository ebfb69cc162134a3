package dev.concordat.core;

/** What a failed attempt tells about its effect, which decides what may be done next. */
public enum FailureKind {
  /** The business said no: it certainly did not happen, and trying again will not help. */
  REFUSED,
  /** It certainly did not happen, and trying again may help. */
  TRANSIENT,
  /** It may have happened: the answer was lost or never came. */
  UNKNOWN,
  /** Nobody foresaw this error: most likely a bug in the step. It may have happened. */
  UNEXPECTED
}
