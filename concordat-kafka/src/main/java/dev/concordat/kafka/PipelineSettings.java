package dev.concordat.kafka;

import static org.apache.kafka.clients.CommonClientConfigs.GROUP_INSTANCE_ID_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.AUTO_OFFSET_RESET_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.GROUP_ID_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.ISOLATION_LEVEL_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.MAX_BLOCK_MS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.TRANSACTIONAL_ID_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.TRANSACTION_TIMEOUT_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG;

import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A pipeline's clients: what is set for them, and what is refused. */
final class PipelineSettings {

  /** Readers wait so long for the transaction of a process that died. */
  private static final int TRANSACTION_TIMEOUT_MS = 10_000;

  /** Shorter than a transaction may last. */
  private static final int MAX_BLOCK_MS = 5_000;

  private final Set<String> from;
  private final Set<String> topics;
  private final Map<String, Object> consumer;
  private final Map<String, Object> producer;
  private final BrokerCheck check;
  private final Examination examination;
  private boolean examined;

  PipelineSettings(
      String name,
      Map<String, Object> properties,
      Set<String> allowed,
      Set<String> from,
      Set<String> written) {
    this.from = Set.copyOf(from);
    this.topics = new HashSet<>(from);
    this.topics.addAll(written);
    this.consumer = Clients.consumer(properties);
    this.producer = Clients.producer(properties);
    this.check = new BrokerCheck("Kafka", allowed);
    ours(consumer, ISOLATION_LEVEL_CONFIG, "read_committed");
    ours(consumer, ENABLE_AUTO_COMMIT_CONFIG, "false");
    ours(consumer, GROUP_ID_CONFIG, name);
    consumer.putIfAbsent(AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer.put(KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    consumer.put(VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    // With a name of its own, an instance that comes back ends its own transactions at once.
    Object instance = properties.get(GROUP_INSTANCE_ID_CONFIG);
    String id = name + "/" + (instance == null ? UUID.randomUUID() : instance);
    ours(producer, TRANSACTIONAL_ID_CONFIG, id);
    producer.putIfAbsent(TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    producer.putIfAbsent(MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MS);
    producer.put(KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    producer.put(VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    this.examination = new Examination(producer);
  }

  private static void ours(Map<String, Object> properties, String setting, String value) {
    Object set = properties.putIfAbsent(setting, value);
    if (set != null && !String.valueOf(set).strip().equalsIgnoreCase(value)) {
      throw new RefusedException(
          setting
              + " is "
              + set
              + ", with which a pipeline loses or repeats records; it is set to "
              + value
              + " here, so leave it out. Nothing was read");
    }
  }

  void refuse() {
    List<Finding> findings = new ArrayList<>(examination.ofProducer());
    String reset = String.valueOf(consumer.get(AUTO_OFFSET_RESET_CONFIG));
    if (!reset.equals("earliest") && !reset.equals("none")) {
      findings.add(
          Finding.unsafe(
              AUTO_OFFSET_RESET_CONFIG,
              reset,
              "what was written before the group has committed anything is never read; it should"
                  + " be 'earliest'"));
    }
    check.refuse(findings);
    new Producers(producer).validate();
    examined = check.enforceIfThere(() -> examination.of(topics));
  }

  /** Refuses topics that lose records, if Kafka could not be asked before. */
  void examine() {
    if (!examined) {
      check
          .hindrance(() -> examination.of(topics))
          .ifPresent(reason -> {
            throw new NotNowException(reason);
          });
      examined = true;
    }
  }

  Set<String> from() {
    return from;
  }

  Map<String, Object> consumer() {
    return new HashMap<>(consumer);
  }

  Map<String, Object> producer() {
    return new HashMap<>(producer);
  }
}
