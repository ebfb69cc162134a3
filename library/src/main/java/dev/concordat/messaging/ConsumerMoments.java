package dev.concordat.messaging;

import dev.concordat.core.ReceivedMessage;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners what a consumer does, and people what needs them. */
final class ConsumerMoments {

  private static final Logger LOG = LoggerFactory.getLogger(ConsumerMoments.class);

  private final String consumer;
  private final List<ConsumerListener> listeners;
  private volatile boolean troubled;

  ConsumerMoments(String consumer, List<ConsumerListener> listeners) {
    this.consumer = consumer;
    this.listeners = List.copyOf(listeners);
  }

  void handled(ConsumerJournal.Count count) {
    troubled = false;
    count.dead().forEach(dead -> parked(dead.message(), dead.reason()));
    if (count.handled() > 0 || count.known() > 0) {
      tell(listener -> listener.handled(consumer, count.handled(), count.known()));
    }
  }

  void failed(ReceivedMessage message, int attempts, String reason) {
    LOG.debug("Consumer '{}' failed to handle {}, and tries again: {}", consumer, message, reason);
    tell(listener -> listener.failed(consumer, message, attempts, reason));
  }

  void parked(ReceivedMessage message, String reason) {
    LOG.warn(
        "Consumer '{}' cannot handle message {} ({} of {}): {}. It is parked with all that follow"
            + " of its key, and the rest go on; replay or discard it.",
        consumer,
        message.id(),
        message.type(),
        message.topic(),
        reason);
    tell(listener -> listener.parked(consumer, message, reason));
  }

  /** Said once, until it works again. */
  void unavailable(Throwable error) {
    String reason = Mishap.of(error).reason();
    if (!troubled) {
      LOG.warn(
          "Consumer '{}' is held up and tries again until it works; nothing is lost: {}",
          consumer,
          reason);
    }
    troubled = true;
    tell(listener -> listener.unavailable(consumer, reason));
  }

  void stuck(String lane, String reason) {
    LOG.error(
        "Consumer '{}' handles nothing of lane {} until somebody acts; the others go on: {}",
        consumer,
        lane,
        reason);
    tell(listener -> listener.stuck(consumer, lane, reason));
  }

  private void tell(java.util.function.Consumer<ConsumerListener> what) {
    for (ConsumerListener listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("a listener ({}) threw, which changes nothing", listener.getClass().getName(), e);
      }
    }
  }
}
