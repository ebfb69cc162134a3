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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What a reader's settings say, and what becomes of them. */
record ReaderSettings(Map<String, Object> given) {

  private static final String EARLIEST = "earliest";
  private static final String COMMITTED = "read_committed";

  /** What loses messages, or handles what was never sent. */
  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    if (Boolean.parseBoolean(text(ENABLE_AUTO_COMMIT_CONFIG, "false"))) {
      findings.add(
          Finding.unsafe(
              ENABLE_AUTO_COMMIT_CONFIG,
              "true",
              "the client commits what was not handled yet, and a crash loses it; leave it out"));
    }
    String isolation = text(ISOLATION_LEVEL_CONFIG, COMMITTED);
    if (!isolation.equals(COMMITTED)) {
      findings.add(
          Finding.unsafe(
              ISOLATION_LEVEL_CONFIG,
              isolation,
              "messages of transactions that were aborted are handled; it must be read_committed"));
    }
    String reset = text(AUTO_OFFSET_RESET_CONFIG, EARLIEST);
    if (!reset.equals(EARLIEST)) {
      findings.add(
          Finding.unsafe(
              AUTO_OFFSET_RESET_CONFIG,
              reset,
              "what was sent before the first start, to a new partition, or after the group's"
                  + " offsets expired is never handled; it should be earliest"));
    }
    return findings;
  }

  String group() {
    return text(GROUP_ID_CONFIG, "");
  }

  /** Whether a group that Kafka remembers nothing of begins with what is sent from then on. */
  boolean fromTheEnd() {
    return text(AUTO_OFFSET_RESET_CONFIG, EARLIEST).equals("latest");
  }

  /** Kafka's client may move no offset by itself, neither on commits nor on resets. */
  Map<String, Object> ofClient() {
    Map<String, Object> properties = new HashMap<>(given);
    properties.put(AUTO_OFFSET_RESET_CONFIG, "none");
    properties.putIfAbsent(ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.putIfAbsent(ISOLATION_LEVEL_CONFIG, COMMITTED);
    properties.putIfAbsent(ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
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
