package dev.concordat.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.CloudEvent;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Messages as Kafka's records, in the binary mode of CloudEvents. */
record Records(String source) {

  private static final String PREFIX = "ce_";

  ProducerRecord<byte[], byte[]> of(StoredMessage message) {
    String text = message.key();
    byte[] key = text == null ? null : text.getBytes(UTF_8);
    ProducerRecord<byte[], byte[]> sent =
        new ProducerRecord<>(message.topic(), key, message.payload().toArray());
    CloudEvent.headers(message, PREFIX, source)
        .forEach((name, value) -> sent.headers().add(name, value.getBytes(UTF_8)));
    return sent;
  }
}
