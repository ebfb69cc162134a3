package dev.concordat.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.SinkContract.Arrived;
import dev.concordat.local.LocalKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** One Kafka for a class of tests, and what they do with its own clients. */
final class Broker implements AutoCloseable {

  static final int PARTITIONS = 3;

  final LocalKafka kafka = LocalKafka.start();

  Map<String, Object> properties() {
    return Map.of(
        "bootstrap.servers",
        kafka.bootstrapServers(),
        "reconnect.backoff.max.ms",
        "200",
        "max.block.ms",
        "1000");
  }

  KafkaSinkBuilder sink() {
    return KafkaSink.with(properties()).allowing("replication.factor", "min.insync.replicas");
  }

  KafkaSourceBuilder source(String topic) {
    return source(topic, Map.of());
  }

  KafkaSourceBuilder source(String topic, Map<String, Object> more) {
    Map<String, Object> properties = new HashMap<>(properties());
    properties.put("heartbeat.interval.ms", "200");
    properties.putAll(more);
    return KafkaSource.with(properties).group("of-" + topic).topics(topic);
  }

  /** How far the group is behind the end of the topic. */
  long lag(String topic) throws Exception {
    try (Admin admin = Admin.create(properties())) {
      var committed =
          admin.listConsumerGroupOffsets("of-" + topic).partitionsToOffsetAndMetadata().get();
      long lag = 0;
      for (var end : ends(admin, topic).entrySet()) {
        var done = committed.get(end.getKey());
        lag += end.getValue() - (done == null ? 0 : done.offset());
      }
      return lag;
    }
  }

  private static Map<TopicPartition, Long> ends(Admin admin, String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int i = 0; i < PARTITIONS; i++) {
      latest.put(new TopicPartition(topic, i), OffsetSpec.latest());
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin.listOffsets(latest).all().get().forEach((name, end) -> ends.put(name, end.offset()));
    return ends;
  }

  /** Removes all that is there, once there is so much. */
  void awaitAndRemove(String topic, long messages) throws Exception {
    try (Admin admin = Admin.create(properties())) {
      Map<TopicPartition, Long> ends = ends(admin, topic);
      while (ends.values().stream().mapToLong(n -> n).sum() < messages) {
        ends = ends(admin, topic);
      }
      Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
      ends.forEach((name, end) -> all.put(name, RecordsToDelete.beforeOffset(end)));
      admin.deleteRecords(all).all().get();
    }
  }

  /**
   * Expels all members of the group, which join again. It is at rest before: expelled while it
   * joins, a member keeps its group waiting for minutes.
   */
  void expel(String topic) throws Exception {
    try (Admin admin = Admin.create(properties())) {
      while (!isStable(admin, "of-" + topic)) {
        LockSupport.parkNanos(2_000_000);
      }
      admin
          .removeMembersFromConsumerGroup(
              "of-" + topic, new RemoveMembersFromConsumerGroupOptions())
          .all()
          .get();
    }
  }

  private static boolean isStable(Admin admin, String group) throws Exception {
    ConsumerGroupDescription found =
        admin.describeConsumerGroups(Set.of(group)).describedGroups().get(group).get();
    return found.groupState() == GroupState.STABLE;
  }

  void create(String topic, Map<String, String> settings) throws Exception {
    try (Admin admin = Admin.create(properties())) {
      NewTopic created = new NewTopic(topic, PARTITIONS, (short) 1).configs(settings);
      admin.createTopics(Set.of(created)).all().get();
      // The broker hears of it a little later than the controller.
      while (!admin.listTopics().names().get().contains(topic)) {
        LockSupport.parkNanos(2_000_000);
      }
    }
  }

  /** What is committed, from the beginning of every partition to its present end. */
  List<Arrived> read(String topic) {
    List<Arrived> all = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", kafka.bootstrapServers(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i++) {
        partitions.add(new TopicPartition(topic, i));
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      // With transactions there are more positions than records.
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(sent -> all.add(arrived(sent)));
      }
    }
    return all;
  }

  private static Arrived arrived(ConsumerRecord<byte[], byte[]> sent) {
    Map<String, String> headers = new HashMap<>();
    sent.headers().forEach(header -> headers.put(header.key(), text(header.value())));
    return new Arrived(headers.get("ce_id"), text(sent.key()), text(sent.value()), headers);
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  @Override
  public void close() {
    kafka.close();
  }
}
