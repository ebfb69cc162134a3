package dev.concordat.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.SinkContract;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Sink;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The contract, with a real RabbitMQ and quorum queues, and what is RabbitMQ's own. Only the queue
 * that is killed is a classic one, and only with RabbitMQ 3.10, of which a young quorum queue may
 * not outlive a kill (decision 016).
 */
class RabbitSinkTest extends SinkContract {

  private static final int MOST_BYTES = 100_000;

  private static Broker broker;

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Override
  protected Sink openSink() {
    return broker.sink().source("/shop").mostBytes(MOST_BYTES).allowing("x-queue-type").open();
  }

  @Override
  protected void createPlace(String topic) throws Exception {
    broker.declare(topic, "quorum");
  }

  /** RabbitMQ 3.10 may forget a queue that was declared in the seconds before; not in order. */
  @Override
  protected void createLastingPlace(String topic) throws Exception {
    broker.declare(topic, broker.lastingType());
    broker.rabbit.restart();
  }

  @Override
  protected List<Arrived> read(String topic) throws Exception {
    return broker.read(topic);
  }

  @Override
  protected LocalServer server() {
    return broker.rabbit;
  }

  @Override
  protected int tooMuch() {
    return MOST_BYTES + 1;
  }

  @Override
  protected void verify(Arrived arrived, Message sent) {
    assertThat(arrived.headers())
        .containsEntry("(type)", "OrderPlaced")
        .containsEntry("(content-type)", "application/json")
        .containsEntry("(delivery-mode)", "2")
        .containsEntry("cloudEvents:specversion", "1.0")
        .containsEntry("cloudEvents:id", arrived.id())
        .containsEntry("cloudEvents:type", "OrderPlaced")
        .containsEntry("cloudEvents:source", "/shop")
        .containsEntry("cloudEvents:subject", "4711")
        .containsKey("cloudEvents:time")
        .doesNotContainKeys("subject", "content-type");
  }

  @Test
  void aClassicQueueTakesThemIfItIsAllowed() throws Exception {
    String queue = fresh("classic");
    broker.declare(queue, "classic");
    publish(Message.of(queue, "T").key("k").text("one"));

    assertThat(awaitArrived(queue, 1)).extracting(Arrived::text).containsExactly("one");
  }

  @Test
  void aTopicNoRoutingKeyCanBeIsRejected() throws Exception {
    String queue = fresh("fine");
    createPlace(queue);
    publish(Message.of("ø".repeat(200), "T").text("never"), Message.of(queue, "T").text("free"));

    awaitArrived(queue, 1);
    assertThat(awaitDeadLetters(1).getFirst().reason()).contains("255 bytes");
  }

  /** RabbitMQ refuses more than its queue holds: that passes, so nothing becomes a dead letter. */
  @Test
  void aFullQueueOnlyDelays() throws Exception {
    String queue = fresh("full");
    Map<String, Object> full = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
    broker.use(channel -> channel.queueDeclare(queue, true, false, false, full));
    publish(
        Message.of(queue, "T").key("k").text("one"),
        Message.of(queue, "T").key("k").text("two"),
        Message.of(queue, "T").key("k").text("three"));

    assertThat(awaitArrived(queue, 3))
        .extracting(Arrived::text)
        .containsExactly("one", "two", "three");
    assertThat(concordat().messaging().deadLetters("r", 1)).isEmpty();
  }
}
