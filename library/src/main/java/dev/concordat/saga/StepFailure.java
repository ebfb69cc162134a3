package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Thrown by a step that knows exactly what its failure means. */
public final class StepFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final FailureKind kind;
  private final transient @Nullable Duration retryAfter;

  /**
   * A failure of that kind.
   *
   * @param message what happened
   */
  public StepFailure(FailureKind kind, String message) {
    this(kind, message, null, null);
  }

  /**
   * A failure of that kind.
   *
   * @param message what happened
   * @param retryAfter how long the other side asks us to wait, or null
   * @param cause what led to it, or null
   */
  public StepFailure(
      FailureKind kind, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  /** What is known. */
  public FailureKind kind() {
    return kind;
  }

  /** How long the other side asks us to wait. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
