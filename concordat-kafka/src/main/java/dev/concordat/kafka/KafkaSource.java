package dev.concordat.kafka;

import dev.concordat.core.RefusedException;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Receives messages from topics of Kafka, as a member of a consumer group. A lane is a partition;
 * the record's key is the message's, as text in UTF-8.
 *
 * <p>Offsets are committed to Kafka up to the first message that is not done with, ten times a
 * second and when a partition is given away. For a consumer that keeps its offsets in the database
 * they are committed for information only; a partition of which it has none is read from its
 * beginning.
 *
 * <p>A record without the header {@code ce_id} is known by its place, {@code
 * topic/partition/offset}. That guards against a second delivery, not against a publisher that sent
 * it twice. One without {@code ce_type} has the type "". A record without a value has an empty
 * payload.
 *
 * <p>If the log no longer has the offset where a partition is to be read on, because retention
 * removed it, messages were lost unhandled. Then that partition stands still, which listeners hear
 * as {@code stuck}, until retention is repaired and the source was built with {@code
 * allowing("offset out of range")}: from then on it is read from the first message that is there. A
 * topic that was deleted and made anew is another topic: give the consumer another name for it.
 */
public final class KafkaSource implements Source {

  /** The name under which a gap is allowed. */
  static final String GAP = "offset out of range";

  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final ReaderSettings settings;
  private final Set<String> topics;
  private final BrokerCheck check;
  private final boolean gapsAllowed;
  private @Nullable Reading reading;

  KafkaSource(KafkaSourceBuilder builder) {
    this.settings = new ReaderSettings(builder.properties());
    this.topics = builder.topics();
    this.check = BrokerCheck.ofSource("Kafka", builder.allowed());
    this.gapsAllowed = builder.allowed().contains(GAP);
    check.refuse(settings.findings());
    validate();
  }

  /**
   * A source to be built.
   *
   * @param properties of Kafka's client: at least {@code bootstrap.servers}, and what it needs to
   *     get in
   */
  public static KafkaSourceBuilder with(Map<String, ?> properties) {
    return new KafkaSourceBuilder(properties);
  }

  private void validate() {
    try {
      new ConsumerConfig(settings.ofClient());
    } catch (ConfigException e) {
      throw new RefusedException("Kafka's client refuses its properties: " + e.getMessage(), e);
    }
  }

  /**
   * What there is to say of the reader's settings and of the topics, refusing nothing.
   *
   * @throws RefusedException if Kafka does not answer
   */
  public List<Finding> findings() {
    return check.findings(() -> {
      try (KafkaConsumer<byte[], byte[]> client = new KafkaConsumer<>(settings.ofClient())) {
        return examine(client);
      }
    });
  }

  private List<Finding> examine(KafkaConsumer<byte[], byte[]> client) {
    List<Finding> findings = new ArrayList<>(settings.findings());
    for (String topic : new TreeSet<>(topics)) {
      if (client.partitionsFor(topic, ANSWER).isEmpty()) {
        findings.add(
            Finding.noted(
                "topic",
                topic + ", and there is none",
                "nothing comes from it until somebody creates it"));
      }
    }
    return findings;
  }

  @Override
  public boolean hasOffsets() {
    return true;
  }

  @Override
  public void open(Lanes lanes, boolean keepsOffsets) throws Exception {
    KafkaConsumer<byte[], byte[]> client = new KafkaConsumer<>(settings.ofClient());
    Reading opened = new Reading(client, lanes, settings, keepsOffsets, gapsAllowed);
    reading = opened;
    check.enforceOrLater(() -> examine(client));
    client.subscribe(topics, opened);
  }

  @Override
  public List<Delivery> receive(int most, Duration patience) {
    return opened().receive(most, patience);
  }

  @Override
  public void done(List<Delivery> deliveries) {
    opened().done(deliveries);
  }

  private Reading opened() {
    if (reading == null) {
      throw new IllegalStateException("the source is not open");
    }
    return reading;
  }

  @Override
  public void close() {
    Reading last = reading;
    reading = null;
    if (last != null) {
      last.close();
    }
  }
}
