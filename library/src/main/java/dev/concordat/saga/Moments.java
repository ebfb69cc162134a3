package dev.concordat.saga;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners, and keeps their errors from doing harm. */
final class Moments {

  private static final Logger LOG = LoggerFactory.getLogger(Moments.class);

  private final List<Heard> listeners;
  private final Around around;

  Moments(List<SagaListener> listeners, Around around) {
    this.listeners = listeners.stream().map(l -> new Heard(l, new AtomicLong())).toList();
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
    for (Heard heard : listeners) {
      try {
        what.accept(heard.listener());
      } catch (RuntimeException | Error e) {
        heard.threw(e);
      }
    }
  }

  /** A listener, and how often it threw. */
  private record Heard(SagaListener listener, AtomicLong errors) {

    /** Said the first time, the second, the fourth and so on: it may throw at every moment. */
    void threw(Throwable e) {
      long times = errors.incrementAndGet();
      if (Long.bitCount(times) == 1) {
        LOG.warn(
            "a listener ({}) threw for the {}. time, which changes nothing for the sagas; mend it",
            listener.getClass().getName(),
            times,
            e);
      }
    }
  }
}
