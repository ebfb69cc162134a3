package dev.concordat.examples.broker;

import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;

/** The way to a broker. */
public interface Wire {

  /** The way to a broker of that kind at that address. */
  static Wire to(BrokerKind kind, String address, Topology topology) {
    return switch (kind) {
      case KAFKA -> new KafkaWire(address, topology);
      case RABBITMQ -> new RabbitWire(address, topology);
      case NATS -> new NatsWire(address, topology);
    };
  }

  /** Makes the topics and whatever else has to be there. */
  void create();

  /** A topic's name at this broker. */
  String topic(String name);

  /** Sends to it. */
  Sink sink();

  /** Receives from it what that ear hears. */
  Source source(String ear);
}
