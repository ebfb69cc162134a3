package dev.concordat.rabbitmq;

import com.rabbitmq.client.ConnectionFactory;
import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Finding;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A {@link RabbitSink} to be. */
public final class RabbitSinkBuilder {

  /** What RabbitMQ takes from version 4.0 on, unless it is told otherwise. */
  private static final int MOST_BYTES = 16 * 1024 * 1024;

  /** A quorum queue confirms within milliseconds, and elects another leader within seconds. */
  private static final Duration CONFIRM_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration LEAST = Duration.ofMillis(100);
  private static final Duration MOST = Duration.ofHours(1);

  private final ConnectionFactory connections;
  private final Set<String> queues = new HashSet<>();
  private final Map<String, Object> arguments = new HashMap<>();
  private final Set<String> allowed = new HashSet<>();
  private String exchange = "";
  private String source = "/concordat";
  private int mostBytes = MOST_BYTES;
  private Duration confirmTimeout = CONFIRM_TIMEOUT;

  RabbitSinkBuilder(ConnectionFactory connections) {
    this.connections = connections;
  }

  /**
   * A topic exchange to publish to, with the message's topic as routing key. Unless said, it is the
   * default exchange, to which the topic is the name of a queue.
   */
  public RabbitSinkBuilder exchange(String name) {
    exchange = name;
    return this;
  }

  /** Queues to be looked at when the sink opens; others are when they are first sent to. */
  public RabbitSinkBuilder queues(String... names) {
    queues.addAll(List.of(names));
    return this;
  }

  /**
   * The arguments with which the queues were declared, for instance {@code x-dead-letter-exchange}.
   * They are found out anyhow, unless their values are too long for RabbitMQ's answer.
   */
  public RabbitSinkBuilder queueArguments(Map<String, Object> known) {
    arguments.putAll(known);
    return this;
  }

  /** The attribute {@code cloudEvents:source} of what is sent; {@code /concordat} unless said. */
  public RabbitSinkBuilder source(String uri) {
    source = uri;
    return this;
  }

  /** The broker's {@code max_message_size}, if it is not 16 MiB; what is larger is rejected. */
  public RabbitSinkBuilder mostBytes(int bytes) {
    mostBytes = bytes;
    return this;
  }

  /**
   * How long RabbitMQ may take to confirm a message, 30 seconds unless said; for instance a quorum
   * queue that has lost its majority does not. Then all that is not confirmed is sent again on
   * another connection, and may be there twice. While RabbitMQ says that it blocks publishers, the
   * time stands still.
   *
   * @throws RefusedException if it is not between 100 milliseconds and an hour
   */
  public RabbitSinkBuilder confirmTimeout(Duration time) {
    if (time.compareTo(LEAST) < 0 || time.compareTo(MOST) > 0) {
      throw new RefusedException(
          "a confirm timeout is between 100 milliseconds and an hour, not " + time);
    }
    confirmTimeout = time;
    return this;
  }

  /** Settings that are only warned of, by their names in {@link RabbitSink#findings}. */
  public RabbitSinkBuilder allowing(String... settings) {
    allowed.addAll(List.of(settings));
    return this;
  }

  /**
   * The sink. If RabbitMQ does not answer, it is looked at before the first message is sent.
   *
   * @throws RefusedException if settings lose messages and were not allowed
   */
  public RabbitSink open() {
    return new RabbitSink(this).opened();
  }

  /**
   * What there is to say of the settings, refusing and opening nothing.
   *
   * @throws RefusedException if RabbitMQ does not answer
   */
  public List<Finding> findings() {
    try (RabbitSink sink = new RabbitSink(this)) {
      return sink.findings();
    }
  }

  ConnectionFactory connections() {
    return connections;
  }

  Set<String> queues() {
    return Set.copyOf(queues);
  }

  Map<String, Object> arguments() {
    return Map.copyOf(arguments);
  }

  Set<String> allowed() {
    return Set.copyOf(allowed);
  }

  String exchange() {
    return exchange;
  }

  String source() {
    return source;
  }

  Duration confirmTimeout() {
    return confirmTimeout;
  }

  int mostBytes() {
    return mostBytes;
  }
}
