package dev.concordat.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Bytes;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a sink to an exchange says of messages, one by one. */
class RabbitExchangeTest {

  private static Broker broker;

  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private final class Noting implements Sink.Receipts {
    @Override
    public void delivered(StoredMessage message) {
      said.add("delivered " + message.position());
    }

    @Override
    public void rejected(StoredMessage message, String reason) {
      said.add("rejected " + message.position() + ": " + reason);
    }

    @Override
    public void unavailable(StoredMessage message, String reason) {
      said.add("unavailable " + message.position() + ": " + reason);
    }
  }

  private static StoredMessage message(long position, String topic, Map<String, String> headers) {
    return new StoredMessage(
        position,
        Instant.EPOCH,
        UUID.randomUUID(),
        topic,
        "k",
        "T",
        headers,
        Bytes.utf8("x"),
        null);
  }

  private String next() throws InterruptedException {
    return String.valueOf(said.poll(60, TimeUnit.SECONDS));
  }

  @Test
  void routesByTopicAndRejectsWhatNoQueueIsBoundFor() throws Exception {
    broker.use(channel -> {
      channel.exchangeDeclare("routing", "topic", true);
      channel.queueDeclare("routed", true, false, false, Map.of("x-queue-type", "quorum"));
      channel.queueBind("routed", "routing", "orders.*");
    });
    try (RabbitSink sink = broker.sink().exchange("routing").queues("routed").open()) {
      sink.send(
          List.of(message(1, "orders.placed", Map.of()), message(2, "nobody", Map.of())),
          new Noting());

      assertThat(List.of(next(), next()))
          .containsExactlyInAnyOrder(
              "delivered 1",
              "rejected 2: no queue is bound to exchange routing for nobody: bind one, then"
                  + " replay the message");
      assertThat(broker.read("routed")).hasSize(1);
      assertThat(sink.findings()).isEmpty();
    }
  }

  @Test
  void withoutItsExchangeAllWait() throws Exception {
    broker.use(channel -> channel.exchangeDeclare("goes", "topic", true));
    try (RabbitSink sink = broker.sink().exchange("goes").open()) {
      broker.use(channel -> channel.exchangeDelete("goes"));
      sink.send(List.of(message(1, "a", Map.of())), new Noting());
      assertThat(next()).startsWith("unavailable 1: ").contains("exchange");

      broker.use(channel -> channel.exchangeDeclare("goes", "topic", true));
      broker.declare("goes-to", "classic");
      broker.use(channel -> channel.queueBind("goes-to", "goes", "#"));
      sink.send(List.of(message(1, "a", Map.of())), new Noting());
      assertThat(next()).isEqualTo("delivered 1");
    }
  }

  @Test
  void whatTheClientCannotWriteIsRejectedAndTheNextGoesOnAnewLine() throws Exception {
    broker.declare("after", "quorum");
    try (RabbitSink sink = broker.sink().queues("after").open()) {
      sink.send(List.of(message(1, "after", Map.of("large", "x".repeat(200_000)))), new Noting());
      assertThat(next()).startsWith("rejected 1: RabbitMQ's client refuses it");

      sink.send(List.of(message(2, "after", Map.of())), new Noting());
      assertThat(next()).isEqualTo("delivered 2");
    }
  }
}
