package dev.concordat.kafka;

import static org.apache.kafka.clients.consumer.ConsumerConfig.GROUP_ID_CONFIG;

import dev.concordat.core.RefusedException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A {@link KafkaSource} to be. */
public final class KafkaSourceBuilder {

  private final Map<String, Object> properties;
  private final Set<String> topics = new HashSet<>();
  private final Set<String> allowed = new HashSet<>();

  KafkaSourceBuilder(Map<String, ?> properties) {
    this.properties = new HashMap<>(properties);
  }

  /** The consumer group, {@code group.id}: all its members share the partitions. */
  public KafkaSourceBuilder group(String id) {
    properties.put(GROUP_ID_CONFIG, id);
    return this;
  }

  /** The topics to read. */
  public KafkaSourceBuilder topics(String... names) {
    topics.addAll(List.of(names));
    return this;
  }

  /** Settings that are only warned of, by their names in {@link KafkaSource#findings}. */
  public KafkaSourceBuilder allowing(String... settings) {
    allowed.addAll(List.of(settings));
    return this;
  }

  /**
   * The source, which a consumer opens.
   *
   * @throws RefusedException if group or topics are missing, or if settings lose messages and were
   *     not allowed
   */
  public KafkaSource build() {
    if (topics.isEmpty()) {
      throw new RefusedException("name the topics to read: topics(\"orders\")");
    }
    if (String.valueOf(properties.getOrDefault(GROUP_ID_CONFIG, "")).isBlank()) {
      throw new RefusedException(
          "name the group, which shares the partitions and whose offsets Kafka keeps:"
              + " group(\"billing\")");
    }
    return new KafkaSource(this);
  }

  Map<String, Object> properties() {
    return Map.copyOf(properties);
  }

  Set<String> topics() {
    return Set.copyOf(topics);
  }

  Set<String> allowed() {
    return Set.copyOf(allowed);
  }
}
