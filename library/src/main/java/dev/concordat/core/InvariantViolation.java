package dev.concordat.core;

import org.jspecify.annotations.Nullable;

/**
 * A bug of ours: something that cannot happen did. The instance it concerns is stopped, its journal
 * is kept as it is, and it waits in NEEDS_ATTENTION.
 */
public final class InvariantViolation extends ConcordatException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message which law was broken, by what
   */
  public InvariantViolation(String message) {
    super(message, null);
  }

  /**
   * @param message which law was broken, by what
   * @param cause the error that showed it, or null
   */
  public InvariantViolation(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
