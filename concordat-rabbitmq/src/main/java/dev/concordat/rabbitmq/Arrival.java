package dev.concordat.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Envelope;
import dev.concordat.core.Bytes;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.messaging.CloudEvent;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Headers;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What RabbitMQ delivered, as a message. */
final class Arrival {

  private static final String NO_ID =
      "it has no id: its publisher must set the attribute cloudEvents:id or the message id, or"
          + " nobody can tell a second delivery from a second message";

  private Arrival() {}

  static Delivery delivery(
      String queue, Envelope envelope, BasicProperties properties, byte[] body) {
    Map<String, String> headers = headers(properties);
    Bytes payload = Bytes.taking(body);
    boolean known =
        !headers.getOrDefault(Letters.PREFIX + "id", "").isEmpty()
            || isThere(properties.getMessageId());
    String routingKey = envelope.getRoutingKey();
    ReceivedMessage message =
        CloudEvent.received(
            routingKey.isEmpty() ? queue : routingKey,
            null,
            headers,
            payload,
            Letters.PREFIX,
            isThere(properties.getMessageId()) ? properties.getMessageId() : content(payload));
    return new Delivery(queue, 0, message, known ? null : NO_ID, envelope.getDeliveryTag());
  }

  private static boolean isThere(@Nullable String text) {
    return text != null && !text.isEmpty();
  }

  private static String content(Bytes payload) {
    return "sha256/" + HexFormat.of().formatHex(payload.sha256().toArray());
  }

  /** CloudEvents lets publishers choose between two prefixes. */
  private static Map<String, String> headers(BasicProperties properties) {
    Map<String, String> headers = new HashMap<>();
    if (properties.getHeaders() != null) {
      properties
          .getHeaders()
          .forEach((name, value) -> {
            if (value != null) {
              headers.put(
                  name.startsWith(Letters.OTHER_PREFIX)
                      ? Letters.PREFIX + name.substring(Letters.OTHER_PREFIX.length())
                      : name,
                  value.toString());
            }
          });
    }
    if (properties.getContentType() != null) {
      headers.putIfAbsent(Headers.CONTENT_TYPE, properties.getContentType());
    }
    if (properties.getType() != null) {
      headers.putIfAbsent(Letters.PREFIX + "type", properties.getType());
    }
    return headers;
  }
}
