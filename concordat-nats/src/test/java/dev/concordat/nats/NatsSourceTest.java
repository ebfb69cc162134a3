package dev.concordat.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Cable;
import dev.concordat.Concordat;
import dev.concordat.Page;
import dev.concordat.SourceContract;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.impl.Headers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The contract, with a real NATS, and what is its own. */
class NatsSourceTest extends SourceContract {

  private static Broker broker;
  private static Cable cable;

  @BeforeAll
  static void start() {
    broker = new Broker();
    cable = Cable.to(broker.nats.port());
  }

  @AfterAll
  static void stop() throws Exception {
    cable.close();
    broker.close();
  }

  @Override
  protected Sink openSink() {
    return broker.sink().open();
  }

  @Override
  protected Source source(String topic) {
    return reader(topic).build();
  }

  private static NatsSourceBuilder reader(String stream) {
    return NatsSource.at("nats://127.0.0.1:" + cable.port()).stream(stream)
        .durable("billing")
        .ackWait(Duration.ofSeconds(1));
  }

  @Override
  protected void createPlace(String topic) throws Exception {
    broker.create(topic, stream -> stream);
  }

  @Override
  protected long undone(String topic) throws Exception {
    long[] left = new long[1];
    broker.use(connection -> {
      ConsumerInfo info = connection.jetStreamManagement().getConsumerInfo(topic, "billing");
      left[0] = info.getNumPending() + info.getNumAckPending();
    });
    return left[0];
  }

  @Override
  protected LocalServer server() {
    return broker.nats;
  }

  @Override
  protected void cut(String topic) {
    cable.cut();
  }

  @Test
  @DisplayName("P8: with many on their way at once each is handled once, in whatever order")
  void manyAtOnce() throws Exception {
    String stream = place("many");
    publishNumbers(stream, 0, 200);
    Concordat one = start(consumer(reader(stream).atOnce(50).build()));
    start(consumer(reader(stream).atOnce(50).build()));
    awaitHandled(50);
    cut(stream);
    publishNumbers(stream, 200, 200);
    awaitHandled(220);
    kill(one);

    awaitOnce(400);
    awaitDone(stream);
  }

  @Test
  @DisplayName("A handler that is slower than ack_wait is not overtaken by a second delivery")
  void slowHandlersAreWaitedFor() throws Exception {
    String stream = place("slow");
    publishNumbers(stream, 0, 1);
    start(
        Consumer.named("billing", source(stream))
            .on(
                "Counted",
                (tx, message) -> {
                  try (var sleeping = tx.prepareStatement("SELECT pg_sleep(2.5)")) {
                    sleeping.execute();
                  }
                  handle(tx, message);
                }));

    awaitOnceInOrder(1);
    broker.use(connection -> {
      ConsumerInfo info = connection.jetStreamManagement().getConsumerInfo(stream, "billing");
      assertThat(info.getDelivered().getConsumerSequence()).isEqualTo(1);
    });
    awaitDone(stream);
  }

  @Test
  @DisplayName("P8: a durable consumer that somebody deleted is made anew, and repeats nothing")
  void aDeletedConsumerIsMadeAnew() throws Exception {
    String stream = place("deleted");
    publishNumbers(stream, 0, 5);
    start(consumer(stream));
    awaitHandled(5);
    broker.use(connection -> connection.jetStreamManagement().deleteConsumer(stream, "billing"));
    publishNumbers(stream, 5, 5);

    awaitOnceInOrder(10);
    awaitDone(stream);
  }

  @Test
  @DisplayName("A message of others is known by its message id, or by its place")
  void messagesOfOthers() throws Exception {
    String stream = place("others");
    broker.use(connection -> {
      connection.jetStream().publish(stream, "a".getBytes());
      Headers named = new Headers().put("Nats-Msg-Id", "m1").put("Ce-Type", "Said");
      connection.jetStream().publish(stream, named, "b".getBytes());
    });
    List<ReceivedMessage> came = new CopyOnWriteArrayList<>();
    start(Consumer.named("billing", source(stream)).otherwise((tx, message) -> came.add(message)));
    await(() -> came.size() >= 2, "both");

    assertThat(came).extracting(ReceivedMessage::id).containsExactly(stream + "/1", "m1");
    assertThat(came).extracting(ReceivedMessage::type).containsExactly("", "Said");
  }

  @Test
  void aConsumerThatLosesMessagesIsRefused() throws Exception {
    String stream = place("unsafe");
    broker.use(connection ->
        connection
            .jetStreamManagement()
            .createConsumer(
                stream,
                ConsumerConfiguration.builder()
                    .durable("billing")
                    .ackPolicy(AckPolicy.All)
                    .maxDeliver(3)
                    .deliverPolicy(DeliverPolicy.New)
                    .maxAckPending(100)
                    .build()));

    assertThatThrownBy(() -> start(consumer(stream)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("ack_policy is all (consumer billing of stream " + stream + ")")
        .hasMessageContaining("max_deliver is 3")
        .hasMessageContaining("deliver_policy is new")
        .hasMessageContaining("max_ack_pending is 100")
        .hasMessageContaining("allowing(\"ack_policy\")");
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThat(reader("nowhere").build().findings())
        .extracting(Object::toString)
        .containsExactly(
            "stream is nowhere, and there is none: nothing can be received: create it");
    assertThatThrownBy(() -> NatsSource.at("nats://localhost").stream("orders").build())
        .hasMessageContaining("durable(\"billing\")");
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
    String url = broker.nats.url();
    Table parcels = new Table();

    NatsSource nats = NatsSource.at(url).stream("shipments").durable("tracking").build();
    Consumer tracking =
        Consumer.named("tracking", nats)
            .on("ShipmentSent", (tx, message) -> parcels.insert(tx, message.key()));
    assertThat(tracking.name()).isNotEmpty();
    Page.assertRun("docs/messages.md", "Receiving from NATS", NatsSourceTest.class);
  }
}
