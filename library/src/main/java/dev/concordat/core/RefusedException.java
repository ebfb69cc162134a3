package dev.concordat.core;

import org.jspecify.annotations.Nullable;

/**
 * Certainly nothing happened. Thrown by Concordat when it turns a request down, and by your steps
 * to say that the business refuses: a saga then compensates what it has done. Subclass it freely.
 */
public non-sealed class RefusedException extends ConcordatException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what was refused, why, and what to do about it
   */
  public RefusedException(String message) {
    super(message, null);
  }

  /**
   * @param message what was refused, why, and what to do about it
   * @param cause what led to the refusal, or null
   */
  public RefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
