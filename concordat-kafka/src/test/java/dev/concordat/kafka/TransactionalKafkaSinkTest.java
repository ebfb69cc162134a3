package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.SinkContract;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Sink;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The contract, with a real Kafka and its transactions. */
class TransactionalKafkaSinkTest extends SinkContract {

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
    return broker.sink().source("/shop").openTransactional(fresh("shop"));
  }

  @Override
  protected void createPlace(String topic) throws Exception {
    broker.create(topic, Map.of());
  }

  @Override
  protected List<Arrived> read(String topic) {
    return broker.read(topic);
  }

  @Override
  protected LocalServer server() {
    return broker.kafka;
  }

  @Override
  protected int tooMuch() {
    return 2 * 1024 * 1024;
  }

  @Override
  protected void verify(Arrived arrived, Message sent) {
    assertThat(arrived.headers()).containsEntry("ce_source", "/shop");
  }

  @Test
  @DisplayName("P8: what Kafka rejects in the middle of a batch takes nothing with it")
  void rejectedInTheMiddle() throws Exception {
    String topic = fresh("small");
    broker.create(topic, Map.of("max.message.bytes", "2000"));
    Message[] messages = new Message[20];
    for (int i = 0; i < messages.length; i++) {
      String text = i % 7 == 3 ? "x".repeat(3000) : "m" + i;
      messages[i] = Message.of(topic, "T").key("k" + i).text(text);
    }
    publish(messages);

    assertThat(awaitDeadLetters(3))
        .allSatisfy(letter -> assertThat(letter.reason()).contains("too large for topic " + topic));
    assertThat(awaitArrived(topic, 17)).hasSize(17);
    assertThat(read(topic)).hasSize(17).extracting(Arrived::text).allMatch(t -> t.startsWith("m"));
  }
}
