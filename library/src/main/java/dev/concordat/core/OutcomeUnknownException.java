package dev.concordat.core;

import org.jspecify.annotations.Nullable;

/**
 * It may have happened and it may not: an answer was lost on the way. Carries the key to ask again
 * with, if the request had one: to start or run again with the same id and input does no harm.
 */
public final class OutcomeUnknownException extends ConcordatException {

  private static final long serialVersionUID = 1L;

  private final String key;

  /**
   * @param key what to ask again with: an instance id or an idempotency key
   * @param message what was attempted and how the answer was lost
   * @param cause the error that hid the answer, or null
   */
  public OutcomeUnknownException(String key, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.key = key;
  }

  /** What to ask again with: an instance id or an idempotency key. */
  public String key() {
    return key;
  }
}
