package dev.concordat.saga;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Something around every call of user code, in the thread that makes it. What it throws counts as
 * thrown by the user's code; crash tests inject faults with it.
 */
public interface Around {

  /** Nothing around. */
  Around NOTHING =
      new Around() {
        @Override
        public <T> T call(Site site, Callable<T> code) throws Exception {
          return code.call();
        }
      };

  /**
   * Makes the call, or not, or more than once.
   *
   * @param site which call it is
   * @param code the call itself
   */
  <T> T call(Site site, Callable<T> code) throws Exception;

  /** What a call is for. */
  enum Kind {
    /** The step's action. */
    STEP,
    /** Its compensation. */
    COMPENSATION,
    /** A look-up of what became of an attempt. */
    LOOK_UP
  }

  /**
   * A call of user code.
   *
   * @param of the instance
   * @param step the step's name
   * @param kind what the call is for
   * @param attempt which attempt it belongs to
   * @param call what the call carries, or null for a local step
   */
  record Site(SagaListener.Moment of, String step, Kind kind, int attempt, @Nullable Call call) {}
}
