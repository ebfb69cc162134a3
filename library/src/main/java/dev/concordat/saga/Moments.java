package dev.concordat.saga;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners, and keeps their errors from doing harm. */
final class Moments {

  private static final Logger LOG = LoggerFactory.getLogger(Moments.class);

  private final List<SagaListener> listeners;
  private final Around around;

  Moments(List<SagaListener> listeners, Around around) {
    this.listeners = List.copyOf(listeners);
    this.around = around;
  }

  /** Makes a call of user code. */
  <T> T call(Around.Site site, Callable<T> code) throws Exception {
    return around.call(site, code);
  }

  void recorded(SagaListener.Moment of, List<SagaEvent> events) {
    tell(listener -> listener.recorded(of, events));
  }

  void starts(SagaListener.Moment of, String step, int attempt, boolean compensating) {
    tell(listener -> listener.attemptStarts(of, step, attempt, compensating));
  }

  void returned(SagaListener.Moment of, String step, int attempt, boolean compensating) {
    tell(listener -> listener.attemptReturned(of, step, attempt, compensating));
  }

  void threw(
      SagaListener.Moment of,
      String step,
      int attempt,
      boolean compensating,
      Throwable error,
      Duration took) {
    tell(listener -> listener.attemptThrew(of, step, attempt, compensating, error, took));
  }

  private void tell(Consumer<SagaListener> what) {
    for (SagaListener listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn(
            "a listener ({}) threw, which changes nothing for the saga; mend the listener",
            listener.getClass().getName(),
            e);
      }
    }
  }
}
