package dev.concordat.tcc;

import dev.concordat.engine.Instance;
import dev.concordat.runner.Listeners;
import java.time.Duration;
import java.util.List;

/** Tells listeners. */
final class TccMoments {

  private final Listeners<TccListener> listeners;

  TccMoments(List<TccListener> listeners) {
    this.listeners = new Listeners<>(listeners, "the transactions");
  }

  void recorded(TccListener.Moment of, List<TccEvent> events) {
    listeners.tell(listener -> listener.recorded(of, events));
  }

  /** The moments of one attempt. */
  Attempt attempt(Instance<?, ?, ?, ?> instance, Tcc<?> tcc, TccAction action) {
    return new Attempt(moment(instance, tcc), action);
  }

  static TccListener.Moment moment(Instance<?, ?, ?, ?> instance, Tcc<?> tcc) {
    return new TccListener.Moment(instance.id(), tcc.name(), tcc.version());
  }

  /** One attempt. */
  final class Attempt {
    private final TccListener.Moment of;
    private final TccAction what;

    private Attempt(TccListener.Moment of, TccAction what) {
      this.of = of;
      this.what = what;
    }

    void starts() {
      listeners.tell(
          listener -> listener.attemptStarts(of, what.operation(), what.branch(), what.attempt()));
    }

    void returned() {
      listeners.tell(listener ->
          listener.attemptReturned(of, what.operation(), what.branch(), what.attempt()));
    }

    void threw(Throwable error, Duration took) {
      listeners.tell(listener ->
          listener.attemptThrew(of, what.operation(), what.branch(), what.attempt(), error, took));
    }
  }
}
