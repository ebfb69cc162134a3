package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.SinkContract.Arrived;
import dev.concordat.core.RetryPolicy;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a topic that takes nothing holds up only its own messages, also within transactions.
 * Method: a second real broker, which has copies of that topic alone and is killed.
 */
class IllTopicTest {

  private static final Duration SHORT = Duration.ofMillis(20);
  private static final int MESSAGES = 10;

  private final String well = "well-" + UUID.randomUUID();
  private final String ill = "ill-" + UUID.randomUUID();
  private final Broker broker = new Broker();
  private Lives lives;

  @BeforeEach
  void open() throws Exception {
    broker.create(well, Map.of());
    lives = new Lives();
    // Kafka's own topics and that of the notes are made now, so the second broker has none of them.
    try (Sink sink = broker.sink().openTransactional("first")) {
      sink.claimed("r", 0).close();
    }
  }

  @AfterEach
  void close() {
    lives.close();
    broker.close();
  }

  private Concordat start(Sink sink) {
    RetryPolicy retry = RetryPolicy.exponential(SHORT).upTo(SHORT.multipliedBy(10));
    return Concordat.on(lives.pool()).relay(Relay.named("r", sink).retry(retry)).start();
  }

  /** To both, some of one key. */
  private void publish(int round) {
    Message[] messages = new Message[2 * MESSAGES];
    for (int i = 0; i < MESSAGES; i++) {
      String text = String.valueOf(round * MESSAGES + i);
      messages[2 * i] = Message.of(ill, "T").key("k" + i % 3).text(text);
      messages[2 * i + 1] = Message.of(well, "T").key("k" + i % 3).text(text);
    }
    lives.publish(messages);
  }

  private void awaitArrived(String topic, int count) {
    Lives.await(() -> broker.read(topic).size() >= count, count + " at " + topic);
    Map<String, Integer> last = new HashMap<>();
    List<Arrived> all = broker.read(topic);
    assertThat(all).hasSize(count).extracting(Arrived::id).doesNotHaveDuplicates();
    for (Arrived one : all) {
      int n = Integer.parseInt(one.text());
      assertThat(n).as("of key " + one.key()).isGreaterThan(last.getOrDefault(one.key(), -1));
      last.put(one.key(), n);
    }
  }

  private void awaitHeld(Concordat concordat, String reason) {
    // Only what is delivered later shows that a message is held up by its own topic.
    Lives.await(
        () -> {
          lives.publish(Message.of(well, "T").text("-1"));
          return !concordat.messaging().held("r", 10).isEmpty();
        },
        "something held");
    assertThat(concordat.messaging().held("r", 10))
        .allSatisfy(held -> assertThat(held.reason()).contains(reason).contains(ill));
    assertThat(concordat.messaging().deadLetters("r", 10)).isEmpty();
  }

  @Test
  @DisplayName("P8: a topic with too few replicas in sync is held, and the others go on")
  void tooFewInSync() throws Exception {
    try (SecondBroker second = new SecondBroker(broker)) {
      second.create(ill, List.of(1, SecondBroker.NUMBER), Map.of("min.insync.replicas", "2"));
      second.kill();
      try (Sink sink = broker.sink().openTransactional("s");
          Concordat concordat = start(sink)) {
        publish(0);

        awaitHeld(concordat, "min.insync.replicas");
        Lives.await(() -> wellArrived() == MESSAGES, "the others");
        second.start();
        awaitArrived(ill, MESSAGES);
      }
    }
  }

  @Test
  @DisplayName("P8: a topic that loses its leader is held, and the others go on")
  void losesItsLeader() throws Exception {
    try (SecondBroker second = new SecondBroker(broker)) {
      second.create(ill, List.of(SecondBroker.NUMBER), Map.of());
      try (Sink sink = broker.sink().openTransactional("s");
          Concordat concordat = start(sink)) {
        publish(0);
        awaitArrived(ill, MESSAGES);
        second.kill();
        publish(1);

        awaitHeld(concordat, "");
        Lives.await(() -> wellArrived() == 2 * MESSAGES, "the others");
        second.start();
        awaitArrived(ill, 2 * MESSAGES);
      }
    }
  }

  private long wellArrived() {
    return broker.read(well).stream().filter(one -> !one.text().equals("-1")).count();
  }

  /** Fails as Kafka's client never should. */
  public static final class Broken implements Partitioner {
    private static volatile boolean mended;

    @Override
    public int partition(
        String topic, Object key, byte[] bytes, Object value, byte[] sent, Cluster cluster) {
      if (topic.startsWith("ill-") && !mended) {
        throw new IllegalArgumentException("broken for " + topic);
      }
      return 0;
    }

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> properties) {}
  }

  @Test
  @DisplayName("P8: what Kafka's client fails at in its own code stops nothing else")
  void theClientFails() throws Exception {
    broker.create(ill, Map.of());
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put("partitioner.class", Broken.class.getName());
    try (Sink sink =
            KafkaSink.with(properties)
                .allowing("replication.factor", "min.insync.replicas", "partitioner.class")
                .openTransactional("s");
        Concordat concordat = start(sink)) {
      publish(0);

      awaitHeld(concordat, "broken for");
      Lives.await(() -> wellArrived() == MESSAGES, "the others");
      Broken.mended = true;
      awaitArrived(ill, MESSAGES);
    }
  }
}
