package dev.concordat.messaging;

import dev.concordat.core.Parking;
import dev.concordat.core.StoredMessage;
import dev.concordat.store.Relays;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners what relays do, and people what needs them. */
final class RelayMoments {

  private static final Logger LOG = LoggerFactory.getLogger(RelayMoments.class);

  private final List<RelayListener> listeners;

  RelayMoments(List<RelayListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  void noted(String relay, int lane, RelayAction.Checkpoint done, RelayState before, Instant now) {
    for (Parking parking : done.parkings()) {
      if (parking.state() == Parking.State.PARKED) {
        parked(relay, parking);
      } else if (parking.state() == Parking.State.HELD) {
        held(relay, parking);
      }
    }
    if (done.settled() > 0) {
      StoredMessage last = before.window().get(done.settled() - 1).message();
      Duration age = Duration.between(last.at(), now);
      tell(listener -> listener.relayed(relay, lane, done.settled(), age));
    }
  }

  private static void held(String relay, Parking parking) {
    StoredMessage message = parking.message();
    LOG.info(
        "Relay '{}': message {} ({} to {}) is not taken while others are: {}. It waits with all"
            + " that follow of its key and is tried again; the rest go on.",
        relay,
        message.id(),
        message.type(),
        message.topic(),
        Objects.requireNonNullElse(parking.reason(), ""));
  }

  private void parked(String relay, Parking parking) {
    StoredMessage message = parking.message();
    String reason = Objects.requireNonNullElse(parking.reason(), "");
    LOG.warn(
        "Relay '{}' cannot deliver message {} ({} to {}): {}. It is parked with all that follow of"
            + " its key, and the rest go on; replay or discard it.",
        relay,
        message.id(),
        message.type(),
        message.topic(),
        reason);
    tell(listener -> listener.parked(relay, message, reason));
  }

  /** Whether asking how a lane stands is worth it. */
  boolean isHeard() {
    return !listeners.isEmpty();
  }

  void stands(Relays.Progress progress, Duration age) {
    tell(listener ->
        listener.standing(
            progress.relay(), progress.lane(), progress.behind(), age, progress.parked()));
  }

  void unavailable(String relay, int lane, String reason) {
    tell(listener -> listener.unavailable(relay, lane, reason));
  }

  private void tell(Consumer<RelayListener> what) {
    for (RelayListener listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("a listener ({}) threw, which changes nothing", listener.getClass().getName(), e);
      }
    }
  }
}
