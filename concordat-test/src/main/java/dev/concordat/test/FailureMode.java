package dev.concordat.test;

import dev.concordat.core.FailureKind;

/** How a step, or the try of a branch, fails at every attempt. */
public enum FailureMode {
  /** The business refuses it. */
  REFUSED,
  /** It does not happen and says so. */
  TRANSIENT,
  /** It happens each time it is tried, and its answer is lost each time. */
  ANSWER_LOST,
  /** It never happens, and nobody knows. */
  REQUEST_LOST,
  /** It happens, and then fails in a way nobody foresaw. */
  UNEXPECTED;

  void before(CallSite site) throws Exception {
    switch (this) {
      case REFUSED -> throw new Refusal();
      case TRANSIENT -> throw site.trouble(FailureKind.TRANSIENT, "injected: not now");
      case REQUEST_LOST -> throw site.trouble(FailureKind.UNKNOWN, "injected: request lost");
      case ANSWER_LOST, UNEXPECTED -> {}
    }
  }

  void after(CallSite site) throws Exception {
    switch (this) {
      case ANSWER_LOST -> throw site.trouble(FailureKind.UNKNOWN, "injected: answer lost");
      case UNEXPECTED -> throw new IllegalStateException("injected: nobody foresaw this");
      case REFUSED, TRANSIENT, REQUEST_LOST -> {}
    }
  }
}
