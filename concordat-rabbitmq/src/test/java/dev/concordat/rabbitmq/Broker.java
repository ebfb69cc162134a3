package dev.concordat.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.concordat.SinkContract.Arrived;
import dev.concordat.local.LocalRabbit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One RabbitMQ for a class of tests, and what they do with its own client. */
final class Broker implements AutoCloseable {

  final LocalRabbit rabbit = LocalRabbit.start();
  private final Map<String, List<Arrived>> seen = new HashMap<>();

  @FunctionalInterface
  interface Use {
    void on(Channel channel) throws Exception;
  }

  RabbitSinkBuilder sink() {
    return RabbitSink.at(rabbit.uri());
  }

  void use(Use use) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(rabbit.uri());
    try (Connection connection = factory.newConnection()) {
      use.on(connection.createChannel());
    }
  }

  void declare(String queue, String type) throws Exception {
    use(channel -> channel.queueDeclare(queue, true, false, false, Map.of("x-queue-type", type)));
  }

  /** Of queues that outlive a kill in the seconds after they were declared (decision 016). */
  String lastingType() throws Exception {
    String[] version = new String[1];
    use(channel ->
        version[0] = channel.getConnection().getServerProperties().get("version").toString());
    return version[0].startsWith("3.10.") ? "classic" : "quorum";
  }

  /** What was taken from the queue until now. */
  List<Arrived> read(String queue) throws Exception {
    List<Arrived> all = seen.computeIfAbsent(queue, name -> new ArrayList<>());
    use(channel -> {
      for (GetResponse got = channel.basicGet(queue, true);
          got != null;
          got = channel.basicGet(queue, true)) {
        all.add(arrived(got));
      }
    });
    return List.copyOf(all);
  }

  private static Arrived arrived(GetResponse got) {
    Map<String, String> headers = new HashMap<>();
    got.getProps().getHeaders().forEach((name, value) -> headers.put(name, value.toString()));
    headers.put("(type)", got.getProps().getType());
    headers.put("(content-type)", got.getProps().getContentType());
    headers.put("(delivery-mode)", Objects.toString(got.getProps().getDeliveryMode()));
    return new Arrived(
        got.getProps().getMessageId(),
        headers.get(Letters.KEY),
        new String(got.getBody(), UTF_8),
        headers);
  }

  @Override
  public void close() {
    rabbit.close();
  }
}
