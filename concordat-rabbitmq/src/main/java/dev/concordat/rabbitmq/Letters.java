package dev.concordat.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.MessageProperties;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.CloudEvent;
import dev.concordat.messaging.Headers;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Messages as RabbitMQ's, in the binary mode of CloudEvents. */
final class Letters {

  /** Carries the message's key, for which AMQP has no place. */
  static final String KEY = "cloudEvents:partitionkey";

  static final String PREFIX = "cloudEvents:";

  /** What others may put there, for clients that cannot say a colon. */
  static final String OTHER_PREFIX = "cloudEvents_";

  private static final int SHORT = 255;
  private static final int PERSISTENT =
      MessageProperties.MINIMAL_PERSISTENT_BASIC.getDeliveryMode();
  private static final Pattern TOO_LARGE = Pattern.compile("larger than .*max size:? '?(\\d+)");

  private final String exchange;
  private final String source;
  private final AtomicLong mostBytes;

  Letters(String exchange, String source, int mostBytes) {
    this.exchange = exchange;
    this.source = source;
    this.mostBytes = new AtomicLong(mostBytes);
  }

  String exchange() {
    return exchange;
  }

  boolean toQueues() {
    return exchange.isEmpty();
  }

  /** What must be there for it. */
  String place(StoredMessage message) {
    return toQueues() ? message.topic() : exchange;
  }

  /** Why RabbitMQ or its client would not take it, which would be at the cost of the channel. */
  Optional<String> defect(StoredMessage message) {
    if (message.payload().length() > mostBytes.get()) {
      return Optional.of(
          "too large: "
              + message.payload().length()
              + " bytes, and RabbitMQ takes "
              + mostBytes
              + ": raise max_message_size and the sink's mostBytes, or publish a reference");
    }
    if (!isShort(message.topic()) || !isShort(message.type()) || !isShort(type(message))) {
      return Optional.of("its topic, type and content-type may have at most 255 bytes in UTF-8");
    }
    return message.headers().keySet().stream().allMatch(Letters::isShort)
        ? Optional.empty()
        : Optional.of("a header's name may have at most 255 bytes in UTF-8");
  }

  private static boolean isShort(String text) {
    return text.getBytes(UTF_8).length <= SHORT;
  }

  private static String type(StoredMessage message) {
    return message.headers().getOrDefault(Headers.CONTENT_TYPE, "");
  }

  /** Learns the broker's own limit from what it said when it closed the channel. */
  void learn(String said) {
    Matcher matcher = TOO_LARGE.matcher(said);
    if (matcher.find()) {
      mostBytes.accumulateAndGet(Long.parseLong(matcher.group(1)), Math::min);
    }
  }

  String noQueue(StoredMessage message) {
    return toQueues()
        ? "there is no queue " + message.topic() + ": declare it, then replay the message"
        : "no queue is bound to exchange "
            + exchange
            + " for "
            + message.topic()
            + ": bind one, then replay the message";
  }

  BasicProperties properties(StoredMessage message) {
    Map<String, Object> headers = new HashMap<>(CloudEvent.headers(message, PREFIX, source));
    headers.remove(Headers.CONTENT_TYPE);
    if (message.key() != null) {
      headers.put(KEY, message.key());
    }
    return new BasicProperties.Builder()
        .deliveryMode(PERSISTENT)
        .messageId(message.id().toString())
        .type(message.type())
        .contentType(message.headers().get(Headers.CONTENT_TYPE))
        .timestamp(Date.from(message.at()))
        .headers(headers)
        .build();
  }
}
