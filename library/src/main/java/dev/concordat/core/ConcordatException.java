package dev.concordat.core;

import org.jspecify.annotations.Nullable;

/**
 * The root of the three families of errors: {@link RefusedException} (certainly nothing happened),
 * {@link OutcomeUnknownException} (it may have happened) and {@link InvariantViolation} (our bug).
 */
public abstract sealed class ConcordatException extends RuntimeException
    permits RefusedException, OutcomeUnknownException, InvariantViolation {

  private static final long serialVersionUID = 1L;

  ConcordatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
