package dev.concordat.bench;

import dev.concordat.kafka.KafkaSink;
import dev.concordat.local.LocalKafka;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A Kafka of one broker, and clients of it that all have the same settings. */
final class KafkaBed implements AutoCloseable {

  private static final int PARTITIONS = 4;

  private final LocalKafka kafka = LocalKafka.start();
  private final Map<String, Object> settings =
      Map.of("bootstrap.servers", kafka.bootstrapServers(), "acks", "all");
  private final Admin admin = Admin.create(settings);

  /** A fresh topic; one broker keeps one copy. */
  String topic(String name) throws Exception {
    String topic = "bench-" + name + "-" + UUID.randomUUID();
    admin.createTopics(Set.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
    return topic;
  }

  KafkaSink sink(String topic) {
    return KafkaSink.with(settings)
        .topics(topic)
        .allowing("replication.factor", "min.insync.replicas")
        .open();
  }

  /** As the sink's: idempotent, all acknowledgements, and batches as Kafka ships them. */
  KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Reads only what was committed, from the present end of these topics. */
  KafkaConsumer<byte[], byte[]> consumer(List<String> topics) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                kafka.bootstrapServers(),
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                "false"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(topics.stream().flatMap(topic -> partitions(topic).stream()).toList());
    consumer.seekToEnd(List.of());
    consumer.assignment().forEach(consumer::position);
    return consumer;
  }

  private static List<TopicPartition> partitions(String topic) {
    return IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition(topic, i)).toList();
  }

  /** How many records the topic has. */
  long count(String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    partitions(topic).forEach(partition -> ends.put(partition, OffsetSpec.latest()));
    return admin.listOffsets(ends).all().get().values().stream()
        .mapToLong(end -> end.offset())
        .sum();
  }

  @Override
  public void close() {
    admin.close();
    kafka.close();
  }
}
