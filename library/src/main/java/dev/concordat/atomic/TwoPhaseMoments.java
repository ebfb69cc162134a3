package dev.concordat.atomic;

import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners, whatever they throw. */
final class TwoPhaseMoments {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseMoments.class);

  private final List<TwoPhaseListener> listeners;

  TwoPhaseMoments(List<TwoPhaseListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  void tell(Consumer<TwoPhaseListener> what) {
    for (TwoPhaseListener listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("a listener ({}) threw, which changes nothing", listener.getClass().getName(), e);
      }
    }
  }
}
