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
import org.junit.jupiter.api.Test;

/** The contract, with a real Kafka, and what is Kafka's own. */
class KafkaSinkTest extends SinkContract {

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
    return broker.sink().source("/shop").open();
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
    assertThat(arrived.headers())
        .containsEntry("ce_specversion", "1.0")
        .containsEntry("ce_type", "OrderPlaced")
        .containsEntry("ce_source", "/shop")
        .containsEntry("ce_subject", "4711")
        .containsEntry("content-type", "application/json")
        .containsKeys("ce_id", "ce_time")
        .doesNotContainKey("subject");
  }

  @Test
  void aRecordTheBrokerFindsTooLargeIsRejected() throws Exception {
    String topic = fresh("small");
    broker.create(topic, Map.of("max.message.bytes", "2000"));
    publish(
        Message.of(topic, "T").key("a").text("x".repeat(3000)),
        Message.of(topic, "T").key("b").text("free"));

    assertThat(awaitArrived(topic, 1)).extracting(Arrived::text).containsExactly("free");
    assertThat(awaitDeadLetters(1).getFirst().reason())
        .contains("too large for topic " + topic)
        .contains("max.message.bytes");
  }

  @Test
  void aNameThatNoTopicCanHaveIsRejected() throws Exception {
    String topic = fresh("fine");
    createPlace(topic);
    publish(
        Message.of("not a topic!", "T").key("a").text("never"),
        Message.of(topic, "T").key("a").text("free"));

    awaitArrived(topic, 1);
    assertThat(awaitDeadLetters(1).getFirst().reason()).contains("not a topic!");
  }

  @Test
  void whatACompactedTopicDoesNotTakeIsRejected() throws Exception {
    String topic = fresh("compacted");
    broker.create(topic, Map.of("cleanup.policy", "compact"));
    publish(Message.of(topic, "T").text("no key"), Message.of(topic, "T").key("b").text("free"));

    assertThat(awaitArrived(topic, 1)).extracting(Arrived::text).containsExactly("free");
    assertThat(awaitDeadLetters(1).getFirst().reason()).contains("does not take it");
  }

  @Test
  void aMessageWithoutAKeyHasNone() throws Exception {
    String topic = fresh("keyless");
    createPlace(topic);
    publish(Message.of(topic, "T").text("x"));

    assertThat(awaitArrived(topic, 1).getFirst().key()).isNull();
  }
}
