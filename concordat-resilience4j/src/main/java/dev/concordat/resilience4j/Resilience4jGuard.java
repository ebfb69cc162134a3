package dev.concordat.resilience4j;

import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.reservation.ProviderGuard;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Keeps calls away from one outside system while it fails, and limits how many are under way: live
 * ones, and apart from them the questions of reconciliation, so that neither starves the other. One
 * for each outside system. Thread-safe.
 *
 * <p>A call that is kept away is answered with {@link NotNowException}: nothing was sent. What the
 * outside system refuses counts as an answer, so it opens no circuit. A call that has not ended
 * within its limit counts as failed and gives its place to the next that comes, whether or not its
 * code has returned.
 */
public final class Resilience4jGuard implements ProviderGuard {

  private static final int LIVE_AT_ONCE = 64;
  private static final int RECONCILE_AT_ONCE = 8;
  private static final int LAST_CALLS = 50;
  private static final int FEWEST_CALLS = 10;
  private static final int FAILED_PERCENT = 50;
  private static final int PROBES = 3;
  private static final Duration OPEN = Duration.ofSeconds(10);
  private static final Duration HALF_OPEN = Duration.ofMinutes(1);

  private final CircuitBreaker circuit;
  private final Bulkhead live;
  private final Bulkhead reconcile;
  private final Set<Place> places = ConcurrentHashMap.newKeySet();

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
        .maxWaitDurationInHalfOpenState(HALF_OPEN)
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
    return through(kind, null, call);
  }

  @Override
  public <T> T call(Kind kind, Duration limit, Callable<T> call) throws Exception {
    return through(kind, limit, call);
  }

  private <T> T through(Kind kind, @Nullable Duration limit, Callable<T> call) throws Exception {
    Bulkhead bulkhead =
        switch (kind) {
          case LIVE -> live;
          case RECONCILE -> reconcile;
        };
    giveUpTheSilent();
    if (!bulkhead.tryAcquirePermission()) {
      throw new NotNowException(
          ("As many calls to '%s' as may be are under way (%d), so this one was not sent. It is"
                  + " made later.")
              .formatted(bulkhead.getName(), bulkhead.getBulkheadConfig().getMaxConcurrentCalls()));
    }
    if (!circuit.tryAcquirePermission()) {
      bulkhead.onComplete();
      throw new NotNowException(
          ("Calls to '%s' failed so often that none is made for a while (its circuit is %s), so"
                  + " this one was not sent. It is made later.")
              .formatted(circuit.getName(), circuit.getState()));
    }
    Place place = new Place(bulkhead, limit);
    places.add(place);
    try {
      return make(place, call);
    } finally {
      places.remove(place);
    }
  }

  private <T> T make(Place place, Callable<T> call) throws Exception {
    T answer;
    try {
      answer = call.call();
    } catch (InterruptedException e) {
      // We stopped waiting; that says nothing about the outside system.
      place.end(circuit::releasePermission);
      throw e;
    } catch (Throwable e) {
      place.failed(e);
      throw e;
    }
    place.end(() -> circuit.onResult(place.took(), circuit.getTimestampUnit(), answer));
    return answer;
  }

  /** Code that does not heed its interruption keeps its thread, but no place. */
  private void giveUpTheSilent() {
    for (Place place : places) {
      if (place.isOver()) {
        place.failed(new TimeoutException("no answer within the limit"));
      }
    }
  }

  /** One call that is under way. Thread-safe: it ends once. */
  private final class Place {
    private final Bulkhead bulkhead;
    private final long began = circuit.getCurrentTimestamp();
    private final long limit;
    private final AtomicBoolean ended = new AtomicBoolean();

    Place(Bulkhead bulkhead, @Nullable Duration limit) {
      this.bulkhead = bulkhead;
      this.limit = limit == null ? Long.MAX_VALUE : circuit.getTimestampUnit().convert(limit);
    }

    long took() {
      return circuit.getCurrentTimestamp() - began;
    }

    boolean isOver() {
      return took() > limit;
    }

    void failed(Throwable error) {
      end(() -> circuit.onError(took(), circuit.getTimestampUnit(), error));
    }

    void end(Runnable tell) {
      if (ended.compareAndSet(false, true)) {
        bulkhead.onComplete();
        tell.run();
      }
    }
  }
}
