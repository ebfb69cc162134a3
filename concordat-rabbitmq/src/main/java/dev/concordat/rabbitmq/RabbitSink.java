package dev.concordat.rabbitmq;

import com.rabbitmq.client.ConnectionFactory;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to RabbitMQ, persistent, with publisher confirms. The message's topic is the name
 * of a queue, or the routing key of an exchange. A message is delivered when every queue that it
 * was routed to has it.
 *
 * <p>A message that no queue is bound for is rejected. When RabbitMQ does not confirm in time
 * ({@link RabbitSinkBuilder#confirmTimeout}), the message is sent again, on another connection; so
 * it may be there twice, with the same message id.
 */
public final class RabbitSink implements Sink {

  private final BrokerCheck check;
  private final Examination examination;
  private final ConnectionFactory connections;
  private final Letters letters;
  private final Duration confirmTimeout;
  private final Set<String> named;
  private final Set<String> examined = ConcurrentHashMap.newKeySet();
  private @Nullable Line line;
  private boolean closed;

  RabbitSink(RabbitSinkBuilder builder) {
    this.connections = Connections.patient(builder.connections());
    this.check = new BrokerCheck("RabbitMQ", builder.allowed());
    this.examination = new Examination(connections, builder.exchange(), builder.arguments());
    this.letters = new Letters(builder.exchange(), builder.source(), builder.mostBytes());
    this.named = builder.queues();
    this.confirmTimeout = builder.confirmTimeout();
  }

  /** A sink to be built, for a broker at that address, as {@code amqp://user:password@host}. */
  public static RabbitSinkBuilder at(String uri) {
    return with(Connections.at(uri));
  }

  /** A sink to be built, which connects in that way. */
  public static RabbitSinkBuilder with(ConnectionFactory connections) {
    return new RabbitSinkBuilder(connections);
  }

  RabbitSink opened() {
    if (check.enforceIfThere(this::examine)) {
      examined.addAll(named);
    }
    return this;
  }

  /**
   * Looks at the exchange, and at the queues that were named or sent to. Their type is seen by
   * declaring them as quorum queues, which RabbitMQ refuses if they are others; so a queue that is
   * deleted at that very moment is created. Policies, limits of length and age, and the queues that
   * an exchange leads to, are not seen.
   *
   * @throws RefusedException if they lose messages and were not allowed, or if RabbitMQ does not
   *     answer
   */
  public void check() {
    check.enforce(this::examine);
  }

  /** The same as a list, refusing nothing. */
  public List<Finding> findings() {
    return check.findings(this::examine);
  }

  private List<Finding> examine() throws Exception {
    Set<String> queues = new HashSet<>(named);
    if (letters.toQueues()) {
      queues.addAll(examined);
    }
    return examination.of(queues);
  }

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    Map<String, Optional<String>> hindrances = new HashMap<>();
    for (StoredMessage message : messages) {
      Optional<String> defect = letters.defect(message);
      if (defect.isPresent()) {
        receipts.rejected(message, defect.get());
        continue;
      }
      hindrances
          .computeIfAbsent(letters.place(message), this::hindrance)
          .ifPresentOrElse(
              reason -> receipts.unavailable(message, reason), () -> send(message, receipts));
    }
  }

  private void send(StoredMessage message, Receipts receipts) {
    try {
      line().publish(message, receipts);
    } catch (IOException | TimeoutException | RuntimeException e) {
      receipts.unavailable(message, Line.said(e));
    }
  }

  /** A queue or exchange is looked at before anything is sent to it. */
  private Optional<String> hindrance(String place) {
    return examined.contains(place) ? Optional.empty() : examine(place);
  }

  /** A queue that is not there is no hindrance: the message comes back. */
  private Optional<String> examine(String place) {
    Set<String> queues = letters.toQueues() ? Set.of(place) : Set.of();
    boolean[] there = {true};
    Optional<String> hindrance =
        check.hindrance(() -> {
          List<Finding> findings = examination.of(queues);
          there[0] = findings.stream().noneMatch(Examination::isMissingQueue);
          return there[0] ? findings : List.of();
        });
    if (hindrance.isEmpty() && there[0]) {
      examined.add(place);
    }
    return hindrance;
  }

  private synchronized Line line() throws IOException, TimeoutException {
    if (closed) {
      throw new IllegalStateException("the sink is closed");
    }
    Line open = line;
    if (open == null || !open.isOpen()) {
      open = Line.open(connections, letters, confirmTimeout);
      line = open;
    }
    return open;
  }

  @Override
  public void close() {
    Line last;
    synchronized (this) {
      closed = true;
      last = line;
      line = null;
    }
    if (last != null) {
      last.close();
    }
  }
}
