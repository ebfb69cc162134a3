package dev.concordat.kafka;

import static org.apache.kafka.clients.producer.ProducerConfig.ACKS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.MAX_BLOCK_MS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION;
import static org.apache.kafka.clients.producer.ProducerConfig.TRANSACTIONAL_ID_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.TRANSACTION_TIMEOUT_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG;

import dev.concordat.core.RefusedException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A {@link KafkaSink} to be. */
public final class KafkaSinkBuilder {

  /** Shorter than a relay's lease, whose thread waits so long for a topic that is not there. */
  private static final int MAX_BLOCK_MS = 5_000;

  /** Readers wait so long for the transaction of a process that died, if nobody follows it. */
  private static final int TRANSACTION_TIMEOUT_MS = 10_000;

  private final Map<String, Object> properties;
  private final Set<String> topics = new HashSet<>();
  private final Set<String> allowed = new HashSet<>();
  private String source = "/concordat";
  private String cursorTopic = CursorTopic.NAME;

  KafkaSinkBuilder(Map<String, ?> properties) {
    this.properties = new HashMap<>(properties);
    this.properties.putIfAbsent(ACKS_CONFIG, "all");
    this.properties.putIfAbsent(ENABLE_IDEMPOTENCE_CONFIG, true);
    this.properties.putIfAbsent(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
    this.properties.putIfAbsent(MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MS);
    this.properties.put(KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    this.properties.put(VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    if (properties.containsKey(TRANSACTIONAL_ID_CONFIG)) {
      throw new RefusedException(
          "leave transactional.id out: openTransactional(…) makes one for each lane");
    }
  }

  /** Topics to be looked at when the sink opens; others are when they are first sent to. */
  public KafkaSinkBuilder topics(String... names) {
    topics.addAll(List.of(names));
    return this;
  }

  /** The attribute {@code ce_source} of what is sent; {@code /concordat} unless said. */
  public KafkaSinkBuilder source(String uri) {
    source = uri;
    return this;
  }

  /** Settings that are only warned of, by their names in {@link KafkaSink#findings}. */
  public KafkaSinkBuilder allowing(String... settings) {
    allowed.addAll(List.of(settings));
    return this;
  }

  /**
   * The sink. If Kafka does not answer, it is looked at before the first message is sent.
   *
   * @throws RefusedException if settings lose or repeat messages and were not allowed
   */
  public KafkaSink open() {
    return new KafkaSink(this).opened();
  }

  /** Where {@link #openTransactional} notes what was delivered, unless here. */
  public KafkaSinkBuilder cursorTopic(String name) {
    cursorTopic = name;
    return this;
  }

  /**
   * A sink that sends effectively once; see {@link TransactionalKafkaSink}. The topic of its notes
   * is created if it is not there.
   *
   * @param system what distinguishes this database from all others whose relays send to the same
   *     Kafka. Two of one name stop each other; a new name forgets what was delivered last
   * @throws RefusedException if settings lose or repeat messages and were not allowed
   */
  public TransactionalKafkaSink openTransactional(String system) {
    if (!system.matches("[A-Za-z0-9._-]{1,100}")) {
      throw new RefusedException(
          "a system's name has 1 to 100 letters, digits, dots, dashes or underscores, not '"
              + system
              + "'");
    }
    return new TransactionalKafkaSink(this, system).opened();
  }

  Map<String, Object> transactionalProperties() {
    Map<String, Object> all = new HashMap<>(properties);
    all.putIfAbsent(TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    return Map.copyOf(all);
  }

  String cursorTopic() {
    return cursorTopic;
  }

  Map<String, Object> producerProperties() {
    return Map.copyOf(properties);
  }

  Set<String> topics() {
    return Set.copyOf(topics);
  }

  Set<String> allowed() {
    return Set.copyOf(allowed);
  }

  String source() {
    return source;
  }
}
