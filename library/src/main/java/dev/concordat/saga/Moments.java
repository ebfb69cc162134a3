package dev.concordat.saga;

import dev.concordat.runner.Listeners;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** Tells listeners, and makes the calls of user code. */
final class Moments {

  private final Listeners<SagaListener> listeners;
  private final Around around;

  Moments(List<SagaListener> listeners, Around around) {
    this.listeners = new Listeners<>(listeners, "the sagas");
    this.around = around;
  }

  /** Makes a call of user code. */
  <T> T call(Around.Site site, Callable<T> code) throws Exception {
    return around.call(site, code);
  }

  void recorded(SagaListener.Moment of, List<SagaEvent> events) {
    listeners.tell(listener -> listener.recorded(of, events));
  }

  void starts(SagaListener.Moment of, String step, int attempt, boolean compensating) {
    listeners.tell(listener -> listener.attemptStarts(of, step, attempt, compensating));
  }

  void returned(SagaListener.Moment of, String step, int attempt, boolean compensating) {
    listeners.tell(listener -> listener.attemptReturned(of, step, attempt, compensating));
  }

  void threw(
      SagaListener.Moment of,
      String step,
      int attempt,
      boolean compensating,
      Throwable error,
      Duration took) {
    listeners.tell(listener -> listener.attemptThrew(of, step, attempt, compensating, error, took));
  }
}
