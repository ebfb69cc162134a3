package dev.concordat.tcc;

import dev.concordat.engine.Instance;
import dev.concordat.runner.Listeners;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Tells listeners, and makes the calls of branches' code. */
final class TccMoments {

  private final Listeners<TccListener> listeners;

  private final TccAround around;

  TccMoments(List<TccListener> listeners, TccAround around) {
    this.listeners = new Listeners<>(listeners, "the transactions");
    this.around = around;
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

    TccAnswer ask(TccCall call, Callable<TccAnswer> participant) throws Exception {
      return around.ask(site(call), participant);
    }

    void run(Callable<?> code) throws Exception {
      around.run(site(null), code);
    }

    private TccAround.Site site(@Nullable TccCall call) {
      return new TccAround.Site(of, what.operation(), what.branch(), what.attempt(), call);
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
