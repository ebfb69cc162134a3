package dev.concordat.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink.Receipts;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One channel and what was published on it and is not confirmed. When it ends, all of that is
 * unavailable. It ends itself when a confirm is overdue: so one that comes too late reaches nobody.
 */
final class Line {

  private static final int CLOSE_MS = 5_000;

  /** How often it is looked within the time that a confirm may take. */
  private static final int LOOKS = 10;

  private record Pending(StoredMessage message, Receipts receipts, long since) {}

  private final Connection connection;
  private final Channel channel;
  private final Letters letters;
  private final NavigableMap<Long, Pending> unconfirmed = new ConcurrentSkipListMap<>();

  /** How often a message came back; used by the connection's thread only. */
  private final Map<String, Integer> returned = new HashMap<>();

  private final long patienceNanos;
  private volatile @Nullable String blocked;
  private volatile long freeSince = System.nanoTime();
  private volatile boolean givenUp;

  private Line(Connection connection, Channel channel, Letters letters, Duration patience) {
    this.connection = connection;
    this.channel = channel;
    this.letters = letters;
    this.patienceNanos = patience.toNanos();
  }

  /**
   * @param patience how long a confirm may take
   */
  static Line open(ConnectionFactory connections, Letters letters, Duration patience)
      throws IOException, TimeoutException {
    Connection connection = connections.newConnection("concordat");
    try {
      Line line = new Line(connection, connection.createChannel(), letters, patience);
      line.listen();
      Thread.ofVirtual().name("concordat-rabbitmq-confirms").start(line::watch);
      return line;
    } catch (IOException | RuntimeException e) {
      connection.abort(CLOSE_MS);
      throw e;
    }
  }

  private void listen() throws IOException {
    channel.addReturnListener(this::returned);
    channel.addConfirmListener(
        (number, many) -> confirmed(number, many, true),
        (number, many) -> confirmed(number, many, false));
    channel.addShutdownListener(this::ended);
    connection.addBlockedListener(
        reason -> blocked = "RabbitMQ blocks publishers: " + reason, this::unblocked);
    channel.confirmSelect();
  }

  /** What it held back while it was blocked has its time from now on. */
  private void unblocked() {
    freeSince = System.nanoTime();
    blocked = null;
  }

  boolean isOpen() {
    return !givenUp && channel.isOpen();
  }

  /** Nothing else looks: of a queue that stands still there may be nothing more to publish. */
  private void watch() {
    while (isOpen()) {
      LockSupport.parkNanos(patienceNanos / LOOKS);
      if (isOverdue()) {
        giveUp();
      }
    }
  }

  private boolean isOverdue() {
    Map.Entry<Long, Pending> oldest = unconfirmed.firstEntry();
    if (oldest == null || blocked != null) {
      return false;
    }
    long now = System.nanoTime();
    return now - oldest.getValue().since() > patienceNanos && now - freeSince > patienceNanos;
  }

  /** Says it first, for ending a connection to a broker that stands still takes a while. */
  private void giveUp() {
    givenUp = true;
    endAll(
        "RabbitMQ has not confirmed for "
            + Duration.ofNanos(patienceNanos).toMillis()
            + " ms; it is sent again, and may be there twice");
    connection.abort(CLOSE_MS);
  }

  /** Numbers and publishes in one go, for any thread. */
  synchronized void publish(StoredMessage message, Receipts receipts) {
    String reason = blocked;
    if (reason != null) {
      receipts.unavailable(message, reason);
      return;
    }
    long number = channel.getNextPublishSeqNo();
    unconfirmed.put(number, new Pending(message, receipts, System.nanoTime()));
    try {
      channel.basicPublish(
          letters.exchange(),
          message.topic(),
          true,
          letters.properties(message),
          message.payload().toArray());
    } catch (IOException | RuntimeException e) {
      unpublished(number, e);
    }
  }

  /** The client may have counted what it did not send, so its numbers cannot be trusted further. */
  private void unpublished(long number, Exception e) {
    Pending pending = unconfirmed.remove(number);
    if (pending != null && e instanceof IllegalArgumentException) {
      pending.receipts().rejected(pending.message(), "RabbitMQ's client refuses it: " + said(e));
    } else if (pending != null) {
      pending.receipts().unavailable(pending.message(), said(e));
    }
    connection.abort(CLOSE_MS);
  }

  /** A message that comes back is confirmed too, but later. */
  private void returned(Return back) {
    returned.merge(
        ticket(back.getProperties().getMessageId(), back.getRoutingKey()), 1, Integer::sum);
  }

  private static String ticket(String id, String routingKey) {
    return id + ' ' + routingKey;
  }

  private boolean cameBack(StoredMessage message) {
    String ticket = ticket(message.id().toString(), message.topic());
    boolean back = returned.containsKey(ticket);
    returned.computeIfPresent(ticket, (same, times) -> times == 1 ? null : times - 1);
    return back;
  }

  private void confirmed(long number, boolean many, boolean taken) {
    List<Long> numbers =
        many ? new ArrayList<>(unconfirmed.headMap(number, true).keySet()) : List.of(number);
    for (long one : numbers) {
      Pending pending = unconfirmed.remove(one);
      if (pending != null) {
        tell(pending, taken);
      }
    }
  }

  private void tell(Pending pending, boolean taken) {
    StoredMessage message = pending.message();
    if (cameBack(message)) {
      pending.receipts().rejected(message, letters.noQueue(message));
    } else if (taken) {
      pending.receipts().delivered(message);
    } else {
      pending.receipts().unavailable(message, "RabbitMQ did not take it (nack)");
    }
  }

  private void ended(ShutdownSignalException signal) {
    String reason = said(signal);
    letters.learn(reason);
    endAll(reason);
    if (!signal.isHardError()) {
      // Only the channel ended; the next one comes with a connection of its own.
      connection.abort(CLOSE_MS);
    }
  }

  private void endAll(String reason) {
    for (Long number : List.copyOf(unconfirmed.keySet())) {
      Pending pending = unconfirmed.remove(number);
      if (pending != null) {
        pending.receipts().unavailable(pending.message(), reason);
      }
    }
  }

  static String said(Throwable e) {
    Throwable cause = e.getMessage() == null && e.getCause() != null ? e.getCause() : e;
    return cause.getClass().getSimpleName()
        + (cause.getMessage() == null ? "" : ": " + cause.getMessage());
  }

  void close() {
    connection.abort(CLOSE_MS);
  }
}
