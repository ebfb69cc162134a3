package dev.concordat.nats;

import dev.concordat.messaging.Delivery;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullRequestOptions;
import io.nats.client.PullSubscribeOptions;
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
  private static final Duration ASKS = Duration.ofMillis(500);
  private static final Duration LATE = Duration.ofMillis(50);
  private static final long MOST = 500;
  private static final Duration SILENCE = Duration.ofSeconds(5);

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
  private @Nullable JetStreamSubscription messages;
  private @Nullable Durable durable;
  private long heardAt = System.nanoTime();
  private int stalls;
  private long asked;
  private long askedAt;
  private long atOnce;
  private Duration ackWait = Duration.ZERO;

  Pulling(Connection connection, String lane) {
    this.connection = connection;
    this.lane = lane;
  }

  void begin(Durable begun) throws Exception {
    durable = begun;
    ConsumerConfiguration there = begun.there(connection.jetStreamManagement());
    atOnce = there.getMaxAckPending();
    ackWait = there.getAckWait();
    messages =
        connection
            .jetStream()
            .subscribe(null, PullSubscribeOptions.bind(begun.stream(), begun.name()));
  }

  /** Takes everything that came, so that all of it can be said to be in progress. */
  List<Delivery> receive(int most, Duration patience) throws Exception {
    if (connection.getStatus() != Connection.Status.CONNECTED) {
      throw new IOException("not connected to NATS (" + connection.getStatus() + ")");
    }
    ask();
    boolean waits = most > 0 && waiting.isEmpty();
    @Nullable Duration time = waits ? held.size() >= atOnce ? FULL : patience : null;
    for (Message came = next(time); came != null; came = next(null)) {
      Held one = new Held(came);
      held.add(one);
      waiting.add(one);
    }
    goOn();
    listen();
    List<Delivery> deliveries = new ArrayList<>();
    while (deliveries.size() < most && !waiting.isEmpty()) {
      Held one = waiting.remove();
      deliveries.add(Arrival.delivery(lane, one.message, one));
    }
    return deliveries;
  }

  /** Asks for what there is room for; who asks for more is told nothing until that ends. */
  private void ask() throws IOException {
    boolean unanswered = asked > 0 && System.nanoTime() - askedAt < ASKS.plus(LATE).toNanos();
    long room = Math.min(atOnce - held.size(), MOST);
    if (!unanswered && room > 0) {
      subscription().pull(PullRequestOptions.builder((int) room).expiresIn(ASKS).build());
      asked = room;
      askedAt = System.nanoTime();
    }
  }

  private JetStreamSubscription subscription() throws IOException {
    JetStreamSubscription open = messages;
    if (open == null || !open.isActive()) {
      throw new IOException("NATS ended the subscription of " + lane);
    }
    return open;
  }

  private @Nullable Message next(@Nullable Duration time) throws Exception {
    Message came = subscription().nextMessage(time);
    if (came != null) {
      asked--;
      heardAt = System.nanoTime();
      stalls = 0;
    }
    return came;
  }

  /**
   * A consumer that was deleted is silent, and so is one that lost track of who asks: in both cases
   * it helps to begin anew.
   */
  private void listen() throws Exception {
    Durable begun = durable;
    if (begun == null || !held.isEmpty()) {
      heardAt = System.nanoTime();
      return;
    }
    if (System.nanoTime() - heardAt > SILENCE.toNanos()) {
      heardAt = System.nanoTime();
      stalls = begun.mustDeliver(connection.jetStreamManagement()) ? stalls + 1 : 0;
      if (stalls > 1) {
        throw new IOException("NATS has messages for " + lane + " and delivers none");
      }
    }
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
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("the connection did not end in order", e);
    }
  }
}
