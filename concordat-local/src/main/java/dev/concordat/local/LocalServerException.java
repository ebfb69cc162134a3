package dev.concordat.local;

import org.jspecify.annotations.Nullable;

/** A local server could not be started or stopped; the message says why and what to do. */
public final class LocalServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception without a cause of its own.
   *
   * @param message what happened, what it means, what to do
   */
  public LocalServerException(String message) {
    this(message, null);
  }

  /**
   * An exception with a cause.
   *
   * @param message what happened, what it means, what to do
   * @param cause what the system said
   */
  public LocalServerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
