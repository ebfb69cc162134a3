package dev.concordat.test;

import dev.concordat.core.FailureKind;
import dev.concordat.core.RefusedException;
import dev.concordat.saga.StepFailure;

/** How a step fails, at every attempt. */
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

  void before() {
    switch (this) {
      case REFUSED -> throw new RefusedException("injected: the business refuses");
      case TRANSIENT -> throw new StepFailure(FailureKind.TRANSIENT, "injected: not now");
      case REQUEST_LOST -> throw new StepFailure(FailureKind.UNKNOWN, "injected: request lost");
      case ANSWER_LOST, UNEXPECTED -> {}
    }
  }

  void after() {
    switch (this) {
      case ANSWER_LOST -> throw new StepFailure(FailureKind.UNKNOWN, "injected: answer lost");
      case UNEXPECTED -> throw new IllegalStateException("injected: nobody foresaw this");
      case REFUSED, TRANSIENT, REQUEST_LOST -> {}
    }
  }
}
