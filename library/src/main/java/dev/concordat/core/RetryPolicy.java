package dev.concordat.core;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * When to try again, how long to wait before it, and when to stop. Immutable; the number of
 * attempts made so far lives in the journal, so a crash does not reset it.
 *
 * <p>The wait is exponential with full jitter: a uniformly random part of {@code min(cap, first ×
 * factor^(attempt−1))}, as in Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog,
 * 2015). Without jitter, callers that failed together would come back together.
 *
 * @param first the ceiling of the first wait; positive
 * @param factor by which the ceiling grows with each attempt; at least 1
 * @param cap the highest ceiling; at least {@code first}
 * @param maxAttempts how many attempts in all, or empty for no limit
 * @param budget how long after the first failure another attempt may begin, or empty for no limit
 * @param jittered whether to wait a random part of the ceiling, or all of it
 * @param retryOn exceptions (and their subclasses) which mean "it may help to try again" beyond
 *     those that always do
 */
public record RetryPolicy(
    Duration first,
    double factor,
    Duration cap,
    OptionalInt maxAttempts,
    Optional<Duration> budget,
    boolean jittered,
    Set<Class<? extends Throwable>> retryOn) {

  private static final Duration DEFAULT_CAP = Duration.ofSeconds(10);
  private static final int DEFAULT_ATTEMPTS = 5;

  /** Checks the limits named above. */
  public RetryPolicy {
    Objects.requireNonNull(first, "first");
    if (first.isNegative() || first.isZero()) {
      throw new IllegalArgumentException("the first wait must be positive, not " + first);
    }
    if (!(factor >= 1) || Double.isInfinite(factor)) {
      throw new IllegalArgumentException("the factor must be at least 1, not " + factor);
    }
    if (cap.compareTo(first) < 0) {
      throw new IllegalArgumentException("the cap " + cap + " is below the first wait " + first);
    }
    if (maxAttempts.isPresent() && maxAttempts.getAsInt() < 1) {
      throw new IllegalArgumentException("at least one attempt is needed, not " + maxAttempts);
    }
    if (budget.isPresent() && budget.get().isNegative()) {
      throw new IllegalArgumentException("the time budget must not be negative");
    }
    retryOn = Set.copyOf(retryOn);
  }

  /** Doubling waits from {@code first} up to ten seconds, full jitter, five attempts. */
  public static RetryPolicy exponential(Duration first) {
    Duration cap = first.compareTo(DEFAULT_CAP) > 0 ? first : DEFAULT_CAP;
    return new RetryPolicy(
        first, 2, cap, OptionalInt.of(DEFAULT_ATTEMPTS), Optional.empty(), true, Set.of());
  }

  /** One attempt and no more. */
  public static RetryPolicy never() {
    return exponential(Duration.ofMillis(1)).attempts(1);
  }

  /** The same policy whose waits grow no longer than {@code cap}. */
  public RetryPolicy upTo(Duration newCap) {
    return new RetryPolicy(first, factor, newCap, maxAttempts, budget, jittered, retryOn);
  }

  /** The same policy with waits that grow by {@code newFactor}. */
  public RetryPolicy growingBy(double newFactor) {
    return new RetryPolicy(first, newFactor, cap, maxAttempts, budget, jittered, retryOn);
  }

  /** The same policy with that many attempts in all. */
  public RetryPolicy attempts(int attempts) {
    return new RetryPolicy(first, factor, cap, OptionalInt.of(attempts), budget, jittered, retryOn);
  }

  /** The same policy without a limit on the number of attempts. */
  public RetryPolicy unlimited() {
    return new RetryPolicy(
        first, factor, cap, OptionalInt.empty(), Optional.empty(), jittered, retryOn);
  }

  /** The same policy, giving up that long after the first failure; attempts are not counted. */
  public RetryPolicy forUpTo(Duration newBudget) {
    return new RetryPolicy(
        first, factor, cap, OptionalInt.empty(), Optional.of(newBudget), jittered, retryOn);
  }

  /** The same policy waiting exactly the ceiling each time; for tests and demonstrations. */
  public RetryPolicy withoutJitter() {
    return new RetryPolicy(first, factor, cap, maxAttempts, budget, false, retryOn);
  }

  /** The same policy, which also tries again after these exceptions and their subclasses. */
  @SafeVarargs
  @SuppressWarnings("varargs")
  public final RetryPolicy retryOn(Class<? extends Throwable>... exceptions) {
    return new RetryPolicy(first, factor, cap, maxAttempts, budget, jittered, Set.of(exceptions));
  }

  /** Whether the policy's owner named this exception, or a superclass of it, as worth a retry. */
  public boolean namesForRetry(Throwable error) {
    return retryOn.stream().anyMatch(type -> type.isInstance(error));
  }

  /**
   * How long to wait before the next attempt, or empty when there is to be none.
   *
   * @param attemptsMade how many attempts have failed so far, at least 1
   * @param sinceFirstFailure how long ago the first of them failed
   * @param random a number in [0, 1), drawn by the caller
   */
  public Optional<Duration> delay(int attemptsMade, Duration sinceFirstFailure, double random) {
    if (maxAttempts.isPresent() && attemptsMade >= maxAttempts.getAsInt()) {
      return Optional.empty();
    }
    Duration wait = ceiling(attemptsMade);
    if (jittered) {
      wait = Duration.ofNanos((long) (wait.toNanos() * random));
    }
    if (budget.isPresent() && sinceFirstFailure.plus(wait).compareTo(budget.get()) > 0) {
      return Optional.empty();
    }
    return Optional.of(wait);
  }

  private Duration ceiling(int attemptsMade) {
    double millis = first.toMillis() * Math.pow(factor, Math.max(0, attemptsMade - 1));
    return millis >= cap.toMillis() ? cap : max(first, Duration.ofMillis((long) millis));
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
