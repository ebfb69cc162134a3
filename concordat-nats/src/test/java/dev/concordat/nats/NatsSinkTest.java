package dev.concordat.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.SinkContract;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Sink;
import dev.concordat.store.Relays.DeadLetter;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract, with a real NATS, and what is its own. */
class NatsSinkTest extends SinkContract {

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
    return broker.sink().source("/shop").inFlight(50).open();
  }

  @Override
  protected void createPlace(String topic) throws Exception {
    broker.create(topic, stream -> stream);
  }

  @Override
  protected List<Arrived> read(String topic) throws Exception {
    return broker.read(topic);
  }

  @Override
  protected LocalServer server() {
    return broker.nats;
  }

  /** One payload of exactly the limit: the headers come on top. */
  @Override
  protected int tooMuch() {
    return 1024 * 1024;
  }

  @Override
  protected void verify(Arrived arrived, Message sent) {
    assertThat(arrived.headers())
        .containsEntry("ce-specversion", "1.0")
        .containsEntry("ce-id", arrived.id())
        .containsEntry("ce-type", "OrderPlaced")
        .containsEntry("ce-source", "/shop")
        .containsEntry("ce-subject", "4711")
        .containsEntry("ce-partitionkey", "order-%C3%B8")
        .containsEntry("content-type", "application/json")
        .containsKey("ce-time")
        .doesNotContainKey("subject");
  }

  @Test
  void aMessageTheStreamFindsTooLargeIsRejected() throws Exception {
    String subject = fresh("small");
    broker.create(subject, stream -> stream.maximumMessageSize(1000));
    publish(
        Message.of(subject, "T").key("a").text("x".repeat(2000)),
        Message.of(subject, "T").key("b").text("free"));

    assertThat(awaitArrived(subject, 1)).extracting(Arrived::text).containsExactly("free");
    assertThat(awaitDeadLetters(1).getFirst().reason()).contains("max_msg_size");
  }

  @Test
  void whatIsNoSubjectAndWhatCommandsTheServerIsRejected() throws Exception {
    String subject = fresh("fine");
    createPlace(subject);
    publish(
        Message.of("orders.*", "T").text("never"),
        Message.of("two words", "T").text("never"),
        Message.of(subject, "T").header("Nats-Rollup", "all").text("never"),
        Message.of(subject, "T").text("free"));

    awaitArrived(subject, 1);
    assertThat(awaitDeadLetters(3))
        .extracting(dead -> dead.reason())
        .satisfiesExactlyInAnyOrder(
            reason -> assertThat(reason).contains("'orders.*' cannot be the subject"),
            reason -> assertThat(reason).contains("'two words' cannot be the subject"),
            reason -> assertThat(reason).contains("is a command to NATS"));
    assertThat(broker.read(subject)).hasSize(1);
  }

  @Test
  void theStreamDropsWhatIsSentAgain() throws Exception {
    String subject = fresh("twice");
    createPlace(subject);
    UUID id = UUID.randomUUID();
    publish(Message.of(subject, "T").key("k").id(id).text("once"));
    publish(Message.of(subject, "T").key("k").id(id).text("once"));
    publish(Message.of(subject, "T").key("k").text("then"));

    awaitArrived(subject, 2);
    assertThat(broker.read(subject)).extracting(Arrived::text).containsExactly("once", "then");
  }

  @Test
  void aStreamThatIsDeletedLaterIsMissedAndFoundAgain() throws Exception {
    String subject = fresh("gone");
    createPlace(subject);
    publish(Message.of(subject, "T").key("k").text("before"));
    awaitArrived(subject, 1);
    broker.delete(subject);
    publish(Message.of(subject, "T").key("k").text("after"));

    DeadLetter dead = awaitDeadLetters(1).getFirst();
    assertThat(dead.reason()).contains("no stream covers subject " + subject);
    createPlace(subject);
    concordat().messaging().replay("r", dead.message().position());
    assertThat(awaitArrived(subject, 1)).extracting(Arrived::text).containsExactly("after");
  }
}
