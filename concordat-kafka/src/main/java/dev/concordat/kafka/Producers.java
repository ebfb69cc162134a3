package dev.concordat.kafka;

import dev.concordat.core.RefusedException;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The producer in use, and another one after it has failed for good. */
final class Producers {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<String, Object> properties;
  private @Nullable Producer<byte[], byte[]> current;
  private boolean closed;

  Producers(Map<String, Object> properties) {
    this.properties = properties;
  }

  /** Whether a producer could be made of these properties, without making one. */
  void validate() {
    try {
      new ProducerConfig(properties);
    } catch (ConfigException e) {
      throw new RefusedException("Kafka's client refuses its properties: " + e.getMessage(), e);
    }
  }

  synchronized Producer<byte[], byte[]> current() {
    if (closed) {
      throw new IllegalStateException("the sink is closed");
    }
    if (current == null) {
      current = new KafkaProducer<>(properties);
    }
    return current;
  }

  /** Closes it without waiting, for the thread may be its own: what is under way fails. */
  @SuppressWarnings("ReferenceEquality")
  void discard(Producer<byte[], byte[]> broken) {
    synchronized (this) {
      if (current != broken) {
        return;
      }
      current = null;
    }
    broken.close(Duration.ZERO);
  }

  void close() {
    Producer<byte[], byte[]> last;
    synchronized (this) {
      closed = true;
      last = current;
      current = null;
    }
    if (last != null) {
      last.close(PATIENCE);
    }
  }
}
