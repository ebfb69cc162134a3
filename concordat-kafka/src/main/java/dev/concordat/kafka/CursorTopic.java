package dev.concordat.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.messaging.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The compacted topic in which each transaction of a lane notes what it delivers. All is in its
 * first partition.
 */
final class CursorTopic {

  /** Its name, unless somebody gives it another. */
  static final String NAME = "concordat.relay.cursors";

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int COPIES = 3;

  private final String name;
  private final Examination examination;
  private final Map<String, Object> consumer;

  CursorTopic(String name, Examination examination, Map<String, Object> properties) {
    this.name = name;
    this.examination = examination;
    this.consumer = Clients.consumer(properties);
    consumer.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    consumer.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
  }

  /** Creates it if it is not there, and says what is wrong with it. */
  List<Finding> examine() throws Exception {
    List<Finding> findings = examination.of(Set.of(name));
    if (findings.stream().anyMatch(Examination::isMissing)) {
      create();
      // A broker may hear of it a little later than the controller that made it.
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      do {
        findings = examination.of(Set.of(name));
      } while (findings.stream().anyMatch(Examination::isMissing) && System.nanoTime() < deadline);
    }
    List<Finding> all = new ArrayList<>(findings);
    all.addAll(examination.ofCompaction(name));
    return all;
  }

  private void create() throws Exception {
    try (Admin admin = examination.admin()) {
      int brokers = admin.describeCluster().nodes().get().size();
      int copies = Math.min(COPIES, brokers);
      Map<String, String> settings =
          Map.of(
              TopicConfig.CLEANUP_POLICY_CONFIG,
              TopicConfig.CLEANUP_POLICY_COMPACT,
              TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
              copies == COPIES ? "2" : "1",
              // Small, so that little has to be read when a lane is claimed.
              TopicConfig.SEGMENT_BYTES_CONFIG,
              String.valueOf(8 * 1024 * 1024),
              TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
              "0.1");
      admin
          .createTopics(Set.of(new NewTopic(name, 1, (short) copies).configs(settings)))
          .all()
          .get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }
  }

  ProducerRecord<byte[], byte[]> record(String lane, int number, Collection<UUID> ids) {
    byte[] key = (lane + "/" + number).getBytes(UTF_8);
    return new ProducerRecord<>(name, 0, key, DeliveredIds.write(ids));
  }

  /**
   * Reads what the lane's committed transactions have noted, to the present end: where another
   * lane's transaction is open before the end, that is waited for.
   */
  void readInto(DeliveredIds delivered, String lane) throws Exception {
    TopicPartition partition = new TopicPartition(name, 0);
    long end = end(partition);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (var reader =
        new KafkaConsumer<>(consumer, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      reader.assign(Set.of(partition));
      reader.seekToBeginning(Set.of(partition));
      while (reader.position(partition, PATIENCE) < end) {
        for (ConsumerRecord<byte[], byte[]> noted : reader.poll(POLL)) {
          take(noted, lane, delivered);
        }
        if (System.nanoTime() > deadline) {
          throw new TimeoutException(
              "topic " + name + " could not be read to its end: another transaction is open");
        }
      }
    }
  }

  private long end(TopicPartition partition) throws Exception {
    try (Admin admin = examination.admin()) {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
    }
  }

  private static void take(
      ConsumerRecord<byte[], byte[]> noted, String lane, DeliveredIds delivered) {
    String key = noted.key() == null ? "" : new String(noted.key(), UTF_8);
    int slash = key.lastIndexOf('/');
    if (slash > 0 && key.substring(0, slash).equals(lane)) {
      int number = Integer.parseInt(key.substring(slash + 1));
      delivered.put(number, noted.value() == null ? List.of() : DeliveredIds.read(noted.value()));
    }
  }
}
