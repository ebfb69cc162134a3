package dev.concordat.examples.broker;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import dev.concordat.rabbitmq.RabbitSink;
import dev.concordat.rabbitmq.RabbitSource;
import java.util.Map;

/**
 * To RabbitMQ: one topic exchange, and for each ear a quorum queue that has one active consumer at
 * a time, so that the order of keys is kept.
 */
record RabbitWire(String address, Topology topology) implements Wire {

  private static final Map<String, Object> QUEUE =
      Map.of("x-queue-type", "quorum", "x-single-active-consumer", true);

  @Override
  public void create() {
    try {
      ConnectionFactory factory = new ConnectionFactory();
      factory.setUri(address);
      try (Connection connection = factory.newConnection()) {
        Channel channel = connection.createChannel();
        channel.exchangeDeclare(topology.token(), "topic", true);
        for (String ear : topology.ears().keySet()) {
          channel.queueDeclare(topology.prefixed(ear), true, false, false, QUEUE);
          for (String topic : topology.topics(ear)) {
            channel.queueBind(topology.prefixed(ear), topology.token(), topic);
          }
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException("cannot declare the queues: " + e.getMessage(), e);
    }
  }

  @Override
  public String topic(String name) {
    return name;
  }

  @Override
  public Sink sink() {
    return RabbitSink.at(address).exchange(topology.token()).open();
  }

  @Override
  public Source source(String ear) {
    return RabbitSource.at(address).queues(topology.prefixed(ear)).build();
  }
}
