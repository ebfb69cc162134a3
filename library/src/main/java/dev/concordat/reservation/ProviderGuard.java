package dev.concordat.reservation;

import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Stands before every call to one outside system: a circuit breaker, a limit. Thread-safe.
 *
 * <p>Where it lets nothing through it throws {@link dev.concordat.core.NotNowException}: certainly
 * nothing was sent, and it is no attempt.
 */
public interface ProviderGuard {

  /** Lets every call through. */
  ProviderGuard NONE =
      new ProviderGuard() {
        @Override
        public <T> T call(Kind kind, Callable<T> call) throws Exception {
          return call.call();
        }
      };

  /** What a call is for. */
  enum Kind {
    /** Somebody waits: the call itself. */
    LIVE,
    /** Nobody waits: questions how it stands, voids, refunds. */
    RECONCILE
  }

  /**
   * Makes the call, or throws {@link dev.concordat.core.NotNowException}. The call throws a {@link
   * java.util.concurrent.TimeoutException} if there was no answer within its limit, and an {@link
   * InterruptedException} only if it was told to stop for another reason.
   */
  <T> T call(Kind kind, Callable<T> call) throws Exception;

  /**
   * The same, with the time after which nobody waits for the call any more. Code that does not heed
   * its interruption may take longer; a guard that counts what is under way need not count it.
   */
  default <T> T call(Kind kind, Duration limit, Callable<T> call) throws Exception {
    return call(kind, call);
  }
}
