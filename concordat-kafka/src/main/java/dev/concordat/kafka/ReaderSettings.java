package dev.concordat.kafka;

import static org.apache.kafka.clients.consumer.ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.AUTO_OFFSET_RESET_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.GROUP_ID_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.GROUP_PROTOCOL_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.ISOLATION_LEVEL_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG;

import dev.concordat.messaging.Finding;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What a reader's settings say, and what becomes of them. */
record ReaderSettings(Map<String, Object> given) {

  private static final String EARLIEST = "earliest";

  /** What a source means where nothing is said, which is not what Kafka's client does. */
  private static final Map<String, Object> DEFAULTS =
      Map.of(
          AUTO_OFFSET_RESET_CONFIG, EARLIEST,
          ENABLE_AUTO_COMMIT_CONFIG, "false",
          ISOLATION_LEVEL_CONFIG, "read_committed",
          ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");

  /** What loses messages, or handles what was never sent. */
  List<Finding> findings() {
    Map<String, Object> meant = new HashMap<>(DEFAULTS);
    meant.putAll(given);
    return new ConsumerExamination(meant).findings();
  }

  String group() {
    return text(GROUP_ID_CONFIG, "");
  }

  /** Where a partition is begun of which nothing is known: earliest, latest or none. */
  String reset() {
    return text(AUTO_OFFSET_RESET_CONFIG, EARLIEST).toLowerCase(Locale.ROOT);
  }

  /** Kafka's client may move no offset by itself, neither on commits nor on resets. */
  Map<String, Object> ofClient() {
    Map<String, Object> properties = new HashMap<>(DEFAULTS);
    properties.putAll(given);
    properties.put(AUTO_OFFSET_RESET_CONFIG, "none");
    properties.put(KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    properties.put(VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    if (!text(GROUP_PROTOCOL_CONFIG, "classic").equalsIgnoreCase("consumer")) {
      properties.putIfAbsent(
          PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
    }
    return properties;
  }

  private String text(String setting, String otherwise) {
    Object value = given.get(setting);
    return value == null ? otherwise : String.valueOf(value).strip();
  }
}
