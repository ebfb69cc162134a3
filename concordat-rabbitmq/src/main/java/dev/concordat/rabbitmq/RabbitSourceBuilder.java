package dev.concordat.rabbitmq;

import com.rabbitmq.client.ConnectionFactory;
import dev.concordat.core.RefusedException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A {@link RabbitSource} to be. */
public final class RabbitSourceBuilder {

  private static final int PREFETCH = 500;

  /** What AMQP has room for. */
  private static final int MOST = 65_535;

  private final ConnectionFactory connections;
  private final Set<String> queues = new HashSet<>();
  private final Map<String, Object> arguments = new HashMap<>();
  private final Set<String> allowed = new HashSet<>();
  private int prefetch = PREFETCH;

  RabbitSourceBuilder(ConnectionFactory connections) {
    this.connections = connections;
  }

  /** The queues to read. */
  public RabbitSourceBuilder queues(String... names) {
    queues.addAll(List.of(names));
    return this;
  }

  /** How many messages of a queue RabbitMQ may hand out that are not done with; 500 unless said. */
  public RabbitSourceBuilder prefetch(int messages) {
    if (messages < 1 || messages > MOST) {
      throw new RefusedException("1 to " + MOST + " messages at once, not " + messages);
    }
    prefetch = messages;
    return this;
  }

  /** Arguments with which the queues were declared, if RabbitMQ does not tell them. */
  public RabbitSourceBuilder queueArguments(Map<String, Object> known) {
    arguments.putAll(known);
    return this;
  }

  /** Settings that are only warned of, by their names in {@link RabbitSource#findings}. */
  public RabbitSourceBuilder allowing(String... settings) {
    allowed.addAll(List.of(settings));
    return this;
  }

  /**
   * The source, which a consumer opens.
   *
   * @throws RefusedException if no queue was named
   */
  public RabbitSource build() {
    if (queues.isEmpty()) {
      throw new RefusedException("name the queues to read: queues(\"invoices\")");
    }
    return new RabbitSource(this);
  }

  ConnectionFactory connections() {
    return connections;
  }

  Set<String> queues() {
    return Set.copyOf(queues);
  }

  int prefetch() {
    return prefetch;
  }

  Map<String, Object> arguments() {
    return Map.copyOf(arguments);
  }

  Set<String> allowed() {
    return Set.copyOf(allowed);
  }
}
