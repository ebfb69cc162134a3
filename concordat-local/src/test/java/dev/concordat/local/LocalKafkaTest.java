package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real brokers are written to, killed, restarted and refused, and keep what they acknowledged. */
class LocalKafkaTest {
  private static LocalKafka one;
  private static LocalKafka other;

  @BeforeAll
  static void start() {
    var second = CompletableFuture.supplyAsync(LocalKafka::start);
    one = LocalKafka.start();
    other = second.join();
  }

  @AfterAll
  static void close() {
    one.close();
    other.close();
    assertThat(one.dataFolder()).doesNotExist();
    assertThatThrownBy(one::restart).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void keepsWhatItAcknowledgedWhenKilledAndRestartsInThePlaceOfTheLast() throws Exception {
    String topic = createTopic(one);
    write(one, topic, "before");
    long pid = one.pid();
    String address = one.bootstrapServers();

    one.kill();
    assertThat(one.isRunning()).isFalse();
    one.restart();

    assertThat(one.bootstrapServers()).isEqualTo(address);
    assertThat(one.pid()).isNotEqualTo(pid);
    write(one, topic, "after");
    assertThat(read(one, topic, 2)).containsExactly("before", "after");
  }

  @Test
  void committedTransactionsAreReadAndAbortedOnesAreNot() throws Exception {
    String topic = createTopic(other);
    Map<String, Object> settings =
        Map.of("bootstrap.servers", other.bootstrapServers(), "transactional.id", "t");
    try (var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "aborted"));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "committed"));
      producer.commitTransaction();
    }

    assertThat(read(other, topic, 1)).containsExactly("committed");
  }

  @Test
  void brokersDoNotDisturbEachOtherNorCreateTopicsUnasked() throws Exception {
    String topic = createTopic(other);

    assertThat(topics(other)).contains(topic);
    assertThat(topics(one)).doesNotContain(topic);
  }

  @Test
  void aFolderWithACommaIsRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> LocalKafka.start(folder.resolve("a,b")))
        .isInstanceOf(LocalServerException.class)
        .hasMessageContaining("choose another folder");
  }

  @Test
  void aFolderInUseIsRefused() {
    assertThatThrownBy(() -> LocalKafka.start(one.dataFolder()))
        .isInstanceOf(LocalServerException.class)
        .hasMessageContaining("is in use by this program: close the Kafka that runs there first");
  }

  @Test
  void withoutItsJarsTheDependencyIsNamed() {
    assertThatThrownBy(() -> KafkaJars.list(null))
        .isInstanceOf(LocalServerException.class)
        .hasMessage(
            "There is no Kafka on the class path: add dev.concordat:concordat-local-kafka to the"
                + " dependencies, or set CONCORDAT_KAFKA_BOOTSTRAP to the address of a broker that"
                + " runs.");
  }

  private static Set<String> topics(LocalKafka kafka)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      return admin.listTopics().names().get();
    }
  }

  private static String createTopic(LocalKafka kafka)
      throws ExecutionException, InterruptedException {
    String topic = "topic-" + UUID.randomUUID();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
    return topic;
  }

  private static void write(LocalKafka kafka, String topic, String value)
      throws ExecutionException, InterruptedException {
    Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
    try (var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(topic, value)).get();
    }
  }

  private static List<String> read(LocalKafka kafka, String topic, int count) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", kafka.bootstrapServers(),
            "group.id", "g",
            "auto.offset.reset", "earliest",
            "isolation.level", "read_committed");
    List<String> values = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      while (values.size() < count) {
        consumer.poll(Duration.ofSeconds(1)).forEach(message -> values.add(message.value()));
      }
    }
    return values;
  }
}
