package dev.concordat.nats;

import dev.concordat.messaging.Delivery;
import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.IterableConsumer;
import io.nats.client.Message;
import io.nats.client.api.ConsumerConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection over which messages are pulled, from its opening to its end. */
final class Pulling {

  private static final Logger LOG = LoggerFactory.getLogger(Pulling.class);

  private static final Duration GOODBYE = Duration.ofSeconds(2);

  /** No more can come until something is done with, which whoever asks is to say soon. */
  private static final Duration FULL = Duration.ofMillis(1);

  /** A message that was delivered and is not done with. */
  private static final class Held {
    private final Message message;
    private long said = System.nanoTime();

    Held(Message message) {
      this.message = message;
    }
  }

  private final Connection connection;
  private final String lane;
  private final Set<Held> held = new LinkedHashSet<>();
  private final Queue<Held> waiting = new ArrayDeque<>();
  private @Nullable IterableConsumer messages;
  private long atOnce;
  private Duration ackWait = Duration.ZERO;

  Pulling(Connection connection, String lane) {
    this.connection = connection;
    this.lane = lane;
  }

  void begin(Durable durable) throws Exception {
    ConsumerConfiguration there = durable.there(connection.jetStreamManagement());
    atOnce = there.getMaxAckPending();
    ackWait = there.getAckWait();
    messages =
        connection
            .getConsumerContext(durable.stream(), durable.name())
            .iterate(ConsumeOptions.builder().batchSize(Math.clamp(atOnce, 1, 500)).build());
  }

  /** Takes everything that came, so that all of it can be said to be in progress. */
  List<Delivery> receive(int most, Duration patience) throws Exception {
    if (connection.getStatus() != Connection.Status.CONNECTED) {
      throw new IOException("not connected to NATS (" + connection.getStatus() + ")");
    }
    boolean waits = most > 0 && waiting.isEmpty();
    @Nullable Duration time = waits ? held.size() >= atOnce ? FULL : patience : null;
    for (Message came = next(time); came != null; came = next(null)) {
      Held one = new Held(came);
      held.add(one);
      waiting.add(one);
    }
    goOn();
    List<Delivery> deliveries = new ArrayList<>();
    while (deliveries.size() < most && !waiting.isEmpty()) {
      Held one = waiting.remove();
      deliveries.add(Arrival.delivery(lane, one.message, one));
    }
    return deliveries;
  }

  private @Nullable Message next(@Nullable Duration time) throws Exception {
    IterableConsumer open = messages;
    if (open == null || open.isFinished()) {
      throw new IOException("NATS ended the subscription of " + lane);
    }
    return open.nextMessage(time);
  }

  /** NATS would deliver again what it hears nothing of. */
  private void goOn() {
    long now = System.nanoTime();
    for (Held one : held) {
      if (now - one.said > ackWait.toNanos() / 2) {
        one.message.inProgress();
        one.said = now;
      }
    }
  }

  void done(List<Delivery> deliveries) {
    for (Delivery delivery : deliveries) {
      if (delivery.receipt() instanceof Held one && held.remove(one)) {
        one.message.ack();
      }
    }
  }

  /** What is not done with may be delivered to others at once. */
  void close() {
    try {
      if (connection.getStatus() == Connection.Status.CONNECTED) {
        held.forEach(one -> one.message.nak());
        connection.flush(GOODBYE);
      }
    } catch (RuntimeException | TimeoutException e) {
      LOG.debug("what is not done with is delivered again when its time is over", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    disconnect();
  }

  private void disconnect() {
    try {
      if (messages != null) {
        messages.close();
      }
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.debug("the connection did not end in order", e);
    }
  }
}
