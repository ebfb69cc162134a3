package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.SinkContract.Arrived;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Sink;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a reader of what is committed sees each message once and in the order of its key, wherever
 * the relay or Kafka dies. Method: a real PostgreSQL and a real Kafka; one life after the other
 * that ends between Kafka's commit and the database's.
 */
class EffectivelyOnceTest {

  private static final Duration SHORTLY = Duration.ofMillis(50);
  private static final int KEYS = 5;
  private static Broker broker;

  private final String topic = "t-" + UUID.randomUUID();
  private final String system = "s-" + UUID.randomUUID();
  private Lives lives;

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @BeforeEach
  void open() throws Exception {
    broker.create(topic, Map.of());
    lives = new Lives();
  }

  @AfterEach
  void close() {
    lives.close();
  }

  private Sink sink() {
    return broker.sink().openTransactional(system);
  }

  private static Message[] numbers(String topic, int from, int count) {
    Message[] messages = new Message[count];
    for (int i = 0; i < count; i++) {
      int n = from + i;
      messages[i] = Message.of(topic, "T").key("k" + n % KEYS).text(String.valueOf(n));
    }
    return messages;
  }

  private void assertOnceAndInOrder(int count) {
    List<Arrived> all = broker.read(topic);
    assertThat(all).extracting(Arrived::id).doesNotHaveDuplicates();
    assertThat(all).hasSize(count);
    Map<String, Integer> last = new HashMap<>();
    for (Arrived one : all) {
      int n = Integer.parseInt(one.text());
      assertThat(n).as("of key " + one.key()).isGreaterThan(last.getOrDefault(one.key(), -1));
      last.put(one.key(), n);
    }
  }

  @Test
  @DisplayName("P8: deaths between Kafka's commit and the checkpoint repeat nothing")
  void diesAgainAndAgain() {
    Random random = new Random(7);
    List<String> methods = List.of("checkpoint", "checkpoint", "due", "release");
    int published = 0;
    try (Sink sink = sink()) {
      for (int life = 0; life < 7; life++) {
        String method = methods.get(random.nextInt(methods.size()));
        var death = new Lives.Death(method, 1 + random.nextInt(3), random.nextInt(4) == 0);
        Concordat concordat = lives.start(sink, death);
        int begin = published;
        death.arm();
        lives.publish(numbers(topic, published, 20));
        published += 20;
        if (method.equals("release")) {
          Lives.await(() -> lives.delivered() > begin, "some delivered");
          Lives.end(concordat);
        } else {
          Lives.await(() -> death.dead, "death at " + method);
          Lives.kill(concordat);
        }
      }
      try (Concordat last = lives.start(sink)) {
        int all = published;
        Lives.await(() -> lives.delivered() == all, "all delivered");
        Lives.await(() -> last.messaging().progress().getFirst().behind() == 0, "all settled");
      }
    }
    assertOnceAndInOrder(published);
    assertThat(lives.repeated()).as("handed over again").isPositive();
  }

  @Test
  @DisplayName("P8: what was delayed is not repeated when its parking could not be ended")
  void diesBeforeADelayedMessageIsSettled() {
    int published = 0;
    try (Sink sink = sink()) {
      for (int life = 0; life < 4; life++) {
        var death = new Lives.Death("settle", 1 + life, false);
        Concordat concordat = lives.start(sink, death);
        death.arm();
        // What is due at once settles together, so each of them waits for the one before.
        while (!death.dead) {
          lives.publish(Message.of(topic, "T").text("" + published++).after(SHORTLY));
          int all = published;
          Lives.await(
              () -> death.dead || lives.delivered() == all, "delivered, or death at settle");
        }
        Lives.kill(concordat);
      }
      try (Concordat last = lives.start(sink)) {
        int all = published;
        Lives.await(() -> lives.delivered() == all, "all delivered");
        Lives.await(() -> last.messaging().progress().getFirst().parked() == 0, "all settled");
      }
    }
    assertThat(broker.read(topic))
        .extracting(Arrived::id)
        .doesNotHaveDuplicates()
        .hasSize(published);
    assertThat(lives.repeated()).as("handed over again").isPositive();
  }

  /** Stops the producer of a transaction just before its note, until it is let go. */
  public static final class Pause implements ProducerInterceptor<byte[], byte[]> {
    private static final AtomicReference<CountDownLatch> GATE = new AtomicReference<>();
    private static volatile boolean reached;

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> sent) {
      CountDownLatch gate = GATE.get();
      if (gate != null && sent.topic().equals("concordat.relay.cursors")) {
        reached = true;
        try {
          gate.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return sent;
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception failure) {}

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> properties) {}
  }

  @Test
  @DisplayName("P6: a relay that slept past its lease in a transaction adds nothing")
  void aZombieIsFenced() {
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put("interceptor.classes", Pause.class.getName());
    CountDownLatch gate = new CountDownLatch(1);
    Pause.GATE.set(gate);
    try (Sink slow =
            KafkaSink.with(properties)
                .allowing("replication.factor", "min.insync.replicas")
                .openTransactional(system);
        Sink sink = sink();
        Concordat zombie = lives.start(slow)) {
      lives.publish(numbers(topic, 0, 20));
      Lives.await(() -> Pause.reached, "the zombie is in its transaction");
      try (Concordat other = lives.start(sink)) {
        Lives.await(() -> lives.delivered() == 20, "the other delivers");
        lives.publish(numbers(topic, 20, 20));
        Lives.await(() -> lives.delivered() == 40, "the other goes on");
        gate.countDown();
        lives.publish(numbers(topic, 40, 20));
        Lives.await(() -> lives.delivered() == 60, "with the zombie awake");
      }
      lives.publish(numbers(topic, 60, 20));
      Lives.await(() -> lives.delivered() == 80, "the zombie claims the lane anew");
    } finally {
      Pause.GATE.set(null);
      gate.countDown();
    }
    assertOnceAndInOrder(80);
  }

  @Test
  @DisplayName("P8: Kafka is killed while relays die too, and repeats nothing")
  void kafkaDiesToo() {
    int batches = 10;
    try (Sink sink = sink()) {
      var death = new Lives.Death("checkpoint", 2, false);
      Concordat concordat = lives.start(sink, death);
      death.arm();
      for (int i = 0; i < batches; i++) {
        lives.publish(numbers(topic, i * 20, 20));
        if (i == batches / 2) {
          broker.kafka.kill();
        }
      }
      broker.kafka.restart();
      Lives.await(() -> death.dead, "death");
      Lives.kill(concordat);
      try (Concordat last = lives.start(sink)) {
        Lives.await(() -> lives.delivered() == batches * 20, "all delivered");
        assertThat(last.messaging().deadLetters("r", 5)).isEmpty();
      }
    }
    assertOnceAndInOrder(batches * 20);
  }
}
