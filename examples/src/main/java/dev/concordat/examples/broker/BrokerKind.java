package dev.concordat.examples.broker;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The brokers there are. */
public enum BrokerKind {
  /** Kafka. */
  KAFKA("Kafka"),
  /** RabbitMQ. */
  RABBITMQ("RabbitMQ"),
  /** NATS with JetStream. */
  NATS("NATS");

  private final String title;

  BrokerKind(String title) {
    this.title = title;
  }

  /** What it is called. */
  public String title() {
    return title;
  }

  /** What it is called on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The one of that name.
   *
   * @param allowed those that will do
   * @throws IllegalArgumentException if it is none of them, naming them
   */
  public static BrokerKind of(String word, List<BrokerKind> allowed) {
    return Arrays.stream(values())
        .filter(kind -> kind.word().equals(word.toLowerCase(Locale.ROOT)))
        .filter(allowed::contains)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "Broker '"
                    + word
                    + "' will not do. It is one of: "
                    + allowed.stream().map(BrokerKind::word).collect(Collectors.joining(", "))
                    + "."));
  }
}
