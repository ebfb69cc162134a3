package dev.concordat.examples.broker;

import dev.concordat.local.LocalKafka;
import dev.concordat.local.LocalNats;
import dev.concordat.local.LocalRabbit;
import dev.concordat.local.LocalServer;

/**
 * A broker that a scenario uses: one of its own, or the one that an environment variable names.
 *
 * @param kind what it is
 * @param server its process
 * @param address where clients find it, the same over restarts
 */
public record Broker(BrokerKind kind, LocalServer server, String address) implements AutoCloseable {

  /** Starts one, unless the environment says where one is. */
  public static Broker start(BrokerKind kind) {
    return switch (kind) {
      case KAFKA -> {
        LocalKafka kafka = LocalKafka.start();
        yield new Broker(kind, kafka, kafka.bootstrapServers());
      }
      case RABBITMQ -> {
        LocalRabbit rabbit = LocalRabbit.start();
        yield new Broker(kind, rabbit, rabbit.uri());
      }
      case NATS -> {
        LocalNats nats = LocalNats.start();
        yield new Broker(kind, nats, nats.url());
      }
    };
  }

  /** The way to it. */
  public Wire wire(Topology topology) {
    return Wire.to(kind, address, topology);
  }

  /** SIGKILL. */
  public void kill() {
    server.kill();
  }

  /** Starts it again on what it has kept. */
  public void restart() {
    server.restart();
  }

  @Override
  public void close() {
    server.close();
  }
}
