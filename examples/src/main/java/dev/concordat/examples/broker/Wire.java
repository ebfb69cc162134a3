package dev.concordat.examples.broker;

import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import java.util.Map;

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

  /** What a client of Kafka needs to get in, as a member of that name in its group. */
  default Map<String, Object> clientProperties(String member) {
    throw new UnsupportedOperationException("only for Kafka");
  }

  /** Receives from it what that ear hears. */
  Source source(String ear);
}
