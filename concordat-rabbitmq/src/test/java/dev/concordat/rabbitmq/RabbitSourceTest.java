package dev.concordat.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.concordat.Cable;
import dev.concordat.Concordat;
import dev.concordat.Page;
import dev.concordat.SourceContract;
import dev.concordat.core.RefusedException;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.ConsumerListener;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import dev.concordat.store.Consumers.DeadLetter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The contract, with a real RabbitMQ and quorum queues, and what is RabbitMQ's own. Only the queue
 * that is killed is a classic one, and only with RabbitMQ 3.10, of which a young quorum queue may
 * not outlive a kill (decision 016).
 */
class RabbitSourceTest extends SourceContract {

  private static Broker broker;
  private static Cable cable;

  @BeforeAll
  static void start() {
    broker = new Broker();
    cable = Cable.to(broker.rabbit.port());
  }

  @AfterAll
  static void stop() throws Exception {
    cable.close();
    broker.close();
  }

  @Override
  protected Sink openSink() {
    return broker.sink().allowing("x-queue-type").open();
  }

  @Override
  protected Source source(String topic) {
    return reader(topic).allowing("x-queue-type").build();
  }

  private static RabbitSourceBuilder reader(String queue) {
    String uri = broker.rabbit.uri().replace(":" + broker.rabbit.port(), ":" + cable.port());
    return RabbitSource.at(uri).queues(queue).prefetch(50);
  }

  @Override
  protected void createPlace(String topic) throws Exception {
    declare(topic, "quorum");
  }

  @Override
  protected void createLastingPlace(String topic) throws Exception {
    declare(topic, broker.lastingType());
  }

  private static void declare(String queue, String type) throws Exception {
    Map<String, Object> single = Map.of("x-queue-type", type, "x-single-active-consumer", true);
    broker.use(channel -> channel.queueDeclare(queue, true, false, false, single));
  }

  /** RabbitMQ takes back what was handed out to consumers that are gone. */
  @Override
  protected long undone(String topic) throws Exception {
    long[] ready = new long[1];
    broker.use(channel -> ready[0] = channel.messageCount(topic));
    return ready[0];
  }

  @Override
  protected LocalServer server() {
    return broker.rabbit;
  }

  @Override
  protected void cut(String topic) {
    cable.cut();
  }

  @Test
  @DisplayName("P8: a message without an id waits for a person; a message id will do")
  void messagesOfOthers() throws Exception {
    String queue = place("others");
    broker.use(channel -> {
      channel.basicPublish("", queue, null, "9".getBytes());
      BasicProperties named =
          new BasicProperties.Builder()
              .messageId("m1")
              .type("Counted")
              .headers(Map.of("cloudEvents_partitionkey", "k1"))
              .build();
      channel.basicPublish("", queue, named, "1".getBytes());
      channel.basicPublish("", queue, named, "1".getBytes());
    });
    Concordat concordat = start(consumer(queue));
    awaitHandled(1);
    await(() -> !concordat.consuming().deadLetters("billing", 9).isEmpty(), "a dead letter");

    DeadLetter dead = concordat.consuming().deadLetters("billing", 9).getFirst();
    assertThat(dead.reason()).startsWith("it has no id");
    assertThat(dead.message().id()).startsWith("sha256/");
    awaitDone(queue);
    assertThat(ledger()).containsExactly("k1:1");
  }

  @Test
  @DisplayName("A queue that is deleted is missed, and found again")
  void aDeletedQueue() throws Exception {
    String queue = place("deleted");
    AtomicInteger missed = new AtomicInteger();
    start(
        consumer(queue),
        new ConsumerListener() {
          @Override
          public void unavailable(String consumer, String reason) {
            missed.incrementAndGet();
          }
        });
    publishNumbers(queue, 0, 10);
    awaitOnceInOrder(10);
    broker.use(channel -> channel.queueDelete(queue));
    await(() -> missed.get() > 0, "missed");
    createPlace(queue);
    publishNumbers(queue, 10, 10);

    awaitOnceInOrder(20);
  }

  @Test
  void aQueueWithoutASingleActiveConsumerIsRefused() throws Exception {
    String queue = fresh("many");
    broker.declare(queue, "quorum");
    Consumer consumer = consumer(reader(queue).build());

    assertThatThrownBy(() -> start(consumer))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("x-single-active-consumer is not true (queue " + queue + ")")
        .hasMessageContaining("allowing(\"x-single-active-consumer\")");
    start(consumer(reader(queue).allowing("x-single-active-consumer").build()));
    publishNumbers(queue, 0, 50);
    awaitOnce(50);
  }

  @Test
  void aQueueThatDropsWhatComesBackIsReported() throws Exception {
    String queue = fresh("limited");
    Map<String, Object> limited =
        Map.of("x-queue-type", "quorum", "x-single-active-consumer", true, "x-delivery-limit", 5);
    broker.use(channel -> channel.queueDeclare(queue, true, false, false, limited));

    assertThat(reader(queue).build().findings())
        .extracting(Finding::setting)
        .containsExactly("x-delivery-limit");
    assertThat(reader("nowhere").build().findings())
        .extracting(Finding::toString)
        .containsExactly(
            "queue is nowhere, and there is none: nothing can be received: declare it");
    assertThatThrownBy(() -> RabbitSource.at("amqp://localhost").build())
        .hasMessageContaining("queues(\"invoices\")");
  }

  /** The tables of the example. */
  private static final class Table {
    void insert(Connection tx, String key) throws SQLException {
      try (var row = tx.prepareStatement("INSERT INTO ledger (what) VALUES (?)")) {
        row.setString(1, key);
        row.execute();
      }
    }
  }

  @Test
  void theSourceOfTheGuideIsBuilt() throws Exception {
    String uri = broker.rabbit.uri();
    Table prints = new Table();

    RabbitSource rabbit = RabbitSource.at(uri).queues("invoices").prefetch(500).build();
    Consumer printing =
        Consumer.named("printing", rabbit)
            .on("InvoiceSent", (tx, message) -> prints.insert(tx, message.key()));
    assertThat(printing.name()).isNotEmpty();
    Page.assertRun("docs/messages.md", "Receiving from RabbitMQ", RabbitSourceTest.class);
  }
}
