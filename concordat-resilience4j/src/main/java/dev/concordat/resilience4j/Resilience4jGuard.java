package dev.concordat.resilience4j;

import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.reservation.ProviderGuard;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Keeps calls away from one outside system while it fails, and limits how many are under way: live
 * ones, and apart from them the questions of reconciliation, so that neither starves the other. One
 * for each outside system. Thread-safe.
 *
 * <p>A call that is kept away is answered with {@link NotNowException}: nothing was sent. What the
 * outside system refuses counts as an answer, so it opens no circuit.
 */
public final class Resilience4jGuard implements ProviderGuard {

  private static final int LIVE_AT_ONCE = 64;
  private static final int RECONCILE_AT_ONCE = 8;
  private static final int LAST_CALLS = 50;
  private static final int FEWEST_CALLS = 10;
  private static final int FAILED_PERCENT = 50;
  private static final int PROBES = 3;
  private static final Duration OPEN = Duration.ofSeconds(10);

  private final CircuitBreaker circuit;
  private final Bulkhead live;
  private final Bulkhead reconcile;

  private Resilience4jGuard(CircuitBreaker circuit, Bulkhead live, Bulkhead reconcile) {
    this.circuit = circuit;
    this.live = live;
    this.reconcile = reconcile;
  }

  /**
   * A guard of usual measures: 64 live calls and 8 questions at once; the circuit opens for 10
   * seconds when half of the last 50 calls failed, at least 10, and closes when 3 succeed.
   *
   * @param provider the outside system's name, for messages and metrics
   */
  public static Resilience4jGuard of(String provider) {
    return of(
        CircuitBreaker.of(provider, usual().build()),
        bulkhead(provider + " live", LIVE_AT_ONCE),
        bulkhead(provider + " reconcile", RECONCILE_AT_ONCE));
  }

  /**
   * A guard of these parts, as your registry makes and measures them.
   *
   * @param circuit opens when calls fail; take {@link #usual()} as its beginning, which knows what
   *     a failure is
   * @param live limits calls of business
   * @param reconcile limits questions how calls ended
   */
  public static Resilience4jGuard of(CircuitBreaker circuit, Bulkhead live, Bulkhead reconcile) {
    return new Resilience4jGuard(circuit, live, reconcile);
  }

  /** What a circuit of usual measures is made of, to be changed. */
  public static CircuitBreakerConfig.Builder usual() {
    return CircuitBreakerConfig.custom()
        .slidingWindow(LAST_CALLS, FEWEST_CALLS, CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
        .failureRateThreshold(FAILED_PERCENT)
        .permittedNumberOfCallsInHalfOpenState(PROBES)
        .waitDurationInOpenState(OPEN)
        .recordException(Resilience4jGuard::isFailure);
  }

  /** Whoever refuses has answered. What is refused for now says that something does not work. */
  private static boolean isFailure(Throwable thrown) {
    return !(thrown instanceof RefusedException) || thrown instanceof NotNowException;
  }

  private static Bulkhead bulkhead(String name, int atOnce) {
    return Bulkhead.of(
        name,
        BulkheadConfig.custom().maxConcurrentCalls(atOnce).maxWaitDuration(Duration.ZERO).build());
  }

  @Override
  public <T> T call(Kind kind, Callable<T> call) throws Exception {
    Bulkhead bulkhead =
        switch (kind) {
          case LIVE -> live;
          case RECONCILE -> reconcile;
        };
    if (!bulkhead.tryAcquirePermission()) {
      throw new NotNowException(
          ("As many calls to '%s' as may be are under way (%d), so this one was not sent. It is"
                  + " made later.")
              .formatted(bulkhead.getName(), bulkhead.getBulkheadConfig().getMaxConcurrentCalls()));
    }
    try {
      return throughCircuit(call);
    } finally {
      bulkhead.onComplete();
    }
  }

  private <T> T throughCircuit(Callable<T> call) throws Exception {
    if (!circuit.tryAcquirePermission()) {
      throw new NotNowException(
          ("Calls to '%s' failed so often that none is made for a while (its circuit is %s), so"
                  + " this one was not sent. It is made later.")
              .formatted(circuit.getName(), circuit.getState()));
    }
    long began = circuit.getCurrentTimestamp();
    T answer;
    try {
      answer = call.call();
    } catch (InterruptedException e) {
      // We stopped waiting; that says nothing about the outside system.
      circuit.releasePermission();
      throw e;
    } catch (Throwable e) {
      circuit.onError(circuit.getCurrentTimestamp() - began, circuit.getTimestampUnit(), e);
      throw e;
    }
    circuit.onResult(circuit.getCurrentTimestamp() - began, circuit.getTimestampUnit(), answer);
    return answer;
  }
}
