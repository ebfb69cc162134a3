package dev.concordat.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.core.Bytes;
import dev.concordat.messaging.CloudEvent;
import dev.concordat.messaging.Delivery;
import io.nats.client.Message;
import io.nats.client.impl.NatsJetStreamMetaData;
import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** What NATS delivered, as a message. */
final class Arrival {

  private static final String COMMANDS = "nats-";

  private Arrival() {}

  static Delivery delivery(String lane, Message came, Object receipt) {
    NatsJetStreamMetaData place = came.metaData();
    String id = place.getStream() + "/" + place.streamSequence();
    Map<String, String> headers = new HashMap<>();
    if (came.getHeaders() != null) {
      String given = came.getHeaders().getLast(Envelopes.MESSAGE_ID);
      id = given == null || given.isEmpty() ? id : given;
      for (String name : came.getHeaders().keySet()) {
        put(headers, name, came.getHeaders().getLast(name));
      }
    }
    byte[] data = came.getData();
    return new Delivery(
        lane,
        place.streamSequence(),
        CloudEvent.received(
            came.getSubject(),
            null,
            headers,
            data == null ? Bytes.EMPTY : Bytes.taking(data),
            Envelopes.PREFIX,
            id),
        null,
        receipt);
  }

  private static void put(Map<String, String> headers, String name, String value) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.startsWith(Envelopes.PREFIX)) {
      headers.put(lower, decoded(value));
    } else if (!lower.startsWith(COMMANDS)) {
      headers.put(name, value);
    }
  }

  /** As CloudEvents has it for headers; what was not encoded is left as it is. */
  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }
}
