package dev.concordat.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.SinkContract.Arrived;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: from Kafka to Kafka each record has its effect once, and in the order of its key. Method: a
 * real Kafka; pipelines that are killed, slow, or many; what is committed is compared with what was
 * written.
 */
class KafkaPipelineTest {

  private static final int KEYS = 6;
  private static Broker broker;

  private final String in = "in-" + UUID.randomUUID();
  private final String out = "out-" + UUID.randomUUID();
  private final String dead = "dead-" + UUID.randomUUID();
  private final String name = "p-" + UUID.randomUUID();

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @BeforeEach
  void create() throws Exception {
    broker.create(in, Map.of());
    broker.create(out, Map.of("max.message.bytes", "3000"));
    broker.create(dead, Map.of());
  }

  private KafkaPipelineBuilder pipeline(Map<String, String> more) {
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put("max.poll.records", "20");
    properties.putAll(more);
    return KafkaPipeline.named(name)
        .from(in)
        .with(properties)
        .allowing("replication.factor", "min.insync.replicas")
        .transform(this::same);
  }

  private List<ProducerRecord<byte[], byte[]>> same(ConsumerRecord<byte[], byte[]> read) {
    return List.of(new ProducerRecord<>(out, read.key(), read.value()));
  }

  private void write(String... texts) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            broker.properties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      Future<?> last = null;
      for (String text : texts) {
        byte[] key = ("k" + Math.floorMod(text.hashCode(), KEYS)).getBytes(UTF_8);
        last = producer.send(new ProducerRecord<>(in, key, text.getBytes(UTF_8)));
      }
      if (last != null) {
        last.get();
      }
    }
  }

  private void writeNumbers(int from, int count) throws Exception {
    String[] texts = new String[count];
    for (int i = 0; i < count; i++) {
      texts[i] = String.format("%06d", from + i);
    }
    write(texts);
  }

  private void awaitOnce(int count) {
    Lives.await(() -> broker.read(out).size() >= count, count + " records");
    List<Arrived> all = broker.read(out);
    assertThat(all).extracting(Arrived::text).doesNotHaveDuplicates();
    assertThat(all).hasSize(count);
    Map<String, String> last = new HashMap<>();
    for (Arrived one : all) {
      String before = last.put(one.key(), one.text());
      assertThat(one.text()).isGreaterThan(before == null ? "" : before);
    }
  }

  @Test
  @DisplayName("P8: a pipeline whose process is killed again and again repeats nothing")
  void killed() throws Exception {
    Random random = new Random(3);
    writeNumbers(0, 2000);
    int lives = 3;
    for (int life = 0; life < lives; life++) {
      int before = broker.read(out).size();
      Process child = PipelineChild.start(broker.kafka.bootstrapServers(), name, in, out);
      try {
        Lives.await(() -> broker.read(out).size() > before, "the child writes");
        boolean unused = child.waitFor(random.nextInt(200), TimeUnit.MILLISECONDS);
      } finally {
        child.destroyForcibly().waitFor();
      }
      writeNumbers(2000 + life * 1000, 1000);
    }
    try (KafkaPipeline last = pipeline(Map.of("group.instance.id", "one")).start()) {
      awaitOnce(2000 + lives * 1000);
      assertThat(last.isRunning()).isTrue();
    }
  }

  @Test
  @DisplayName("P8: partitions go from one pipeline to another, and nothing is repeated")
  void rebalanced() throws Exception {
    int rounds = 5;
    try (KafkaPipeline first = pipeline(Map.of()).start()) {
      for (int i = 0; i < rounds; i++) {
        writeNumbers(i * 300, 300);
        try (KafkaPipeline second = pipeline(Map.of()).start()) {
          writeNumbers(rounds * 300 + i * 300, 300);
          int least = i * 600 + 100;
          Lives.await(() -> broker.read(out).size() > least, "both work");
          assertThat(second.failure()).isEmpty();
        }
      }
      Lives.await(() -> broker.read(out).size() >= 2 * rounds * 300, "all");
      assertThat(first.failure()).isEmpty();
    }
    List<Arrived> all = broker.read(out);
    assertThat(all).extracting(Arrived::text).doesNotHaveDuplicates();
    assertThat(all).hasSize(2 * rounds * 300);
  }

  @Test
  @DisplayName("P6: a pipeline that slept while the group went on adds nothing")
  void sleptTooLong() throws Exception {
    CountDownLatch asleep = new CountDownLatch(1);
    CountDownLatch wake = new CountDownLatch(1);
    AtomicInteger slept = new AtomicInteger();
    writeNumbers(0, 50);
    try (KafkaPipeline sleeper =
        pipeline(Map.of("max.poll.interval.ms", "1000"))
            .transform(read -> {
              if (slept.getAndIncrement() == 0) {
                asleep.countDown();
                wake.await();
              }
              return same(read);
            })
            .start()) {
      asleep.await();
      try (KafkaPipeline other = pipeline(Map.of()).start()) {
        Lives.await(() -> broker.read(out).size() == 50, "the other goes on");
        wake.countDown();
        writeNumbers(50, 50);
        awaitOnce(100);
        assertThat(other.failure()).isEmpty();
      }
      writeNumbers(100, 50);
      awaitOnce(150);
      assertThat(sleeper.failure()).isEmpty();
    } finally {
      wake.countDown();
    }
  }

  @Test
  @DisplayName("P8: poison is set aside once, with its reason, and the rest go on")
  void poison() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    write("000001", "bad", "000002", "large", "000003");
    try (KafkaPipeline pipeline =
        pipeline(Map.of())
            .retry(RetryPolicy.exponential(Duration.ofMillis(1)).attempts(3))
            .deadLetters(dead)
            .transform(read -> {
              String text = new String(read.value(), UTF_8);
              if (text.equals("bad")) {
                attempts.incrementAndGet();
                throw new IllegalArgumentException("no number");
              }
              byte[] made = text.equals("large") ? new byte[5000] : read.value();
              return List.of(new ProducerRecord<>(out, read.key(), made));
            })
            .start()) {
      Lives.await(() -> broker.read(dead).size() >= 2, "two dead letters");
      awaitOnce(3);
      assertThat(pipeline.failure()).isEmpty();
    }

    assertThat(attempts).hasValueGreaterThanOrEqualTo(3);
    List<Arrived> letters = broker.read(dead);
    assertThat(letters).extracting(Arrived::text).containsExactlyInAnyOrder("bad", "large");
    assertThat(letters)
        .allSatisfy(letter ->
            assertThat(letter.headers())
                .containsEntry("dead_topic", in)
                .containsEntry("dead_pipeline", name)
                .containsKeys("dead_partition", "dead_offset"))
        .anySatisfy(letter -> assertThat(letter.headers().get("dead_reason")).contains("no number"))
        .anySatisfy(letter -> assertThat(letter.headers().get("dead_reason")).contains("TooLarge"));
  }

  @Test
  @DisplayName("P8: without a place for poison the pipeline stops, and loses nothing")
  void stops() throws Exception {
    KafkaPipelineBuilder builder =
        pipeline(Map.of())
            .retry(RetryPolicy.never())
            .transform(read -> {
              if (new String(read.value(), UTF_8).equals("zzz")) {
                throw new IllegalArgumentException("no number");
              }
              return same(read);
            });
    write("000001", "zzz");
    try (KafkaPipeline stopped = builder.start()) {
      Lives.await(() -> !stopped.isRunning(), "it stops");
      assertThat(stopped.failure().orElseThrow())
          .hasMessageContaining(in)
          .hasMessageContaining("no number");
    }
    try (KafkaPipeline mended = pipeline(Map.of()).start()) {
      awaitOnce(2);
      assertThat(mended.failure()).isEmpty();
    }
  }

  @Test
  @DisplayName("P8: Kafka is killed and comes back, and nothing is repeated")
  void kafkaDies() throws Exception {
    try (KafkaPipeline pipeline = pipeline(Map.of()).start()) {
      writeNumbers(0, 2000);
      Lives.await(() -> !broker.read(out).isEmpty(), "it works");
      broker.kafka.kill();
      broker.kafka.restart();
      writeNumbers(2000, 500);
      awaitOnce(2500);
      assertThat(pipeline.failure()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "isolation.level, read_uncommitted",
    "enable.auto.commit, true",
    "group.id, another",
    "transactional.id, mine",
    "auto.offset.reset, latest",
    "acks, 1",
    "enable.idempotence, false",
    "transaction.timeout.ms, 900000"
  })
  void refusesUnsafeSettings(String setting, String value) {
    assertThatThrownBy(() -> pipeline(Map.of(setting, value)).start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(setting + " is " + value);
  }

  @Test
  void refusesTopicsThatAreNotThereAndPipelinesThatDoNothing() {
    assertThatThrownBy(() -> pipeline(Map.of()).to("nowhere").start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("topic is nowhere");
    assertThatThrownBy(() -> KafkaPipeline.named("idle").with(broker.properties()).start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("from(…) and transform(…)");
  }
}
