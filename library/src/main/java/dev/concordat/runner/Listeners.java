package dev.concordat.runner;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners, and keeps their errors from doing harm. Thread-safe.
 *
 * @param <L> the listeners
 */
public final class Listeners<L> {

  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final List<Heard<L>> all;
  private final String whose;

  /** {@code whose} says for whom an error of theirs changes nothing, as in "the sagas". */
  public Listeners(List<L> listeners, String whose) {
    this.all = listeners.stream().map(l -> new Heard<>(l, new AtomicLong())).toList();
    this.whose = whose;
  }

  /** Tells each of them, in their order. Does not throw. */
  public void tell(Consumer<L> what) {
    for (Heard<L> heard : all) {
      try {
        what.accept(heard.listener());
      } catch (RuntimeException | Error e) {
        threw(heard, e);
      }
    }
  }

  /** Said the first time, the second, the fourth and so on: it may throw at every moment. */
  private void threw(Heard<L> heard, Throwable e) {
    long times = heard.errors().incrementAndGet();
    if (Long.bitCount(times) == 1) {
      LOG.warn(
          "a listener ({}) threw for the {}. time, which changes nothing for {}; mend it",
          heard.listener().getClass().getName(),
          times,
          whose,
          e);
    }
  }

  /** A listener, and how often it threw. */
  private record Heard<L>(L listener, AtomicLong errors) {}
}
