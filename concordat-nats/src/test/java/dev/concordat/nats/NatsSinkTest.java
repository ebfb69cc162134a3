package dev.concordat.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.SinkContract;
import dev.concordat.core.Bytes;
import dev.concordat.core.StoredMessage;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Sink;
import dev.concordat.store.Relays.DeadLetter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
  void oneIdUnderTwoSubjectsOfAStreamIsTwoMessages() throws Exception {
    String stream = fresh("both");
    broker.create(stream, one -> one.subjects(stream + ".a", stream + ".b"));
    UUID id = UUID.randomUUID();
    publish(
        Message.of(stream + ".a", "T").key("k").id(id).text("to a"),
        Message.of(stream + ".b", "T").key("k").id(id).text("to b"));

    await(() -> texts(stream).size() >= 2, "two messages");
    assertThat(texts(stream)).containsExactlyInAnyOrder("to a", "to b");
  }

  private static List<String> texts(String stream) {
    try {
      return broker.read(stream).stream().map(Arrived::text).toList();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoComesLateToAStreamOfItsOwnIsRefused() throws Exception {
    String subject = fresh("own");
    createPlace(subject);
    try (NatsSink slept = broker.sink().exclusiveStream(subject).open();
        NatsSink successor = broker.sink().exclusiveStream(subject).open()) {
      assertThat(sent(slept, subject, 0, 20)).containsOnly("delivered");
      assertThat(sent(successor, subject, 20, 20)).containsOnly("delivered");

      assertThat(sent(slept, subject, 40, 5))
          .contains("JetStreamApiException: wrong last sequence: 40 [10071]")
          .doesNotContain("delivered");
      assertThat(broker.read(subject)).hasSize(40);
      assertThat(sent(successor, subject, 40, 20)).containsOnly("delivered");
      assertThat(broker.read(subject))
          .extracting(Arrived::text)
          .containsExactlyElementsOf(IntStream.range(0, 60).mapToObj(String::valueOf).toList());
    }
  }

  @Test
  void afterAMessageThatIsKnownAStreamOfItsOwnGoesOn() throws Exception {
    String subject = fresh("known");
    createPlace(subject);
    try (NatsSink sink = broker.sink().exclusiveStream(subject).open()) {
      assertThat(sent(sink, subject, 0, 5)).containsOnly("delivered");
      assertThat(sent(sink, subject, 3, 5)).as("3 and 4 are known").contains("delivered");
      assertThat(sent(sink, subject, 5, 3)).containsOnly("delivered");
      assertThat(sent(sink, subject, 8, 3)).containsOnly("delivered");
      assertThat(broker.read(subject))
          .extracting(Arrived::text)
          .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
    }
  }

  /** What became of each message, sent in one go. */
  private static List<String> sent(NatsSink sink, String subject, int first, int count)
      throws InterruptedException {
    List<StoredMessage> messages =
        IntStream.range(first, first + count).mapToObj(i -> numbered(subject, i)).toList();
    CountDownLatch answered = new CountDownLatch(count);
    List<String> answers = new CopyOnWriteArrayList<>();
    sink.send(
        messages,
        new Sink.Receipts() {
          @Override
          public void delivered(StoredMessage message) {
            answers.add("delivered");
            answered.countDown();
          }

          @Override
          public void rejected(StoredMessage message, String reason) {
            answers.add(reason);
            answered.countDown();
          }

          @Override
          public void unavailable(StoredMessage message, String reason) {
            answers.add(reason);
            answered.countDown();
          }
        });
    assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
    return answers;
  }

  private static StoredMessage numbered(String subject, int number) {
    return new StoredMessage(
        number,
        Instant.EPOCH,
        UUID.nameUUIDFromBytes((subject + number).getBytes(UTF_8)),
        subject,
        "k",
        "T",
        Map.of(),
        Bytes.utf8(String.valueOf(number)),
        null);
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
