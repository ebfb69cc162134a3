package dev.concordat.core;

import org.jspecify.annotations.Nullable;

/**
 * Certainly nothing happened, for a technical reason that may pass: asked again later, it may be
 * done. A step that lets it through is not refused by the business but tried again.
 */
public final class NotNowException extends RefusedException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what was not done, why, and what to do about it
   */
  public NotNowException(String message) {
    super(message);
  }

  /**
   * @param message what was not done, why, and what to do about it
   * @param cause what stood in the way, or null
   */
  public NotNowException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
