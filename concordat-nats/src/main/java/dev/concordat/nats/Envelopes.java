package dev.concordat.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.CloudEvent;
import io.nats.client.impl.Headers;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Messages as NATS has them, in the binary mode of CloudEvents. */
record Envelopes(String source) {

  /** Carries the message's key, for which NATS has no place. */
  static final String KEY = "ce-partitionkey";

  static final String PREFIX = "ce-";
  static final String MESSAGE_ID = "Nats-Msg-Id";

  /** Tokens between dots, without white space and without what only subscribers may say. */
  private static final Pattern SUBJECT = Pattern.compile("[^\\s.*>]+(\\.[^\\s.*>]+)*");

  private static final Pattern NAME = Pattern.compile("[!-9;-~]+");
  private static final Pattern VALUE = Pattern.compile("[\\t -~]*");

  /** Why NATS would not take it, or take it for something else. */
  static Optional<String> defect(StoredMessage message) {
    if (!SUBJECT.matcher(message.topic()).matches()) {
      return Optional.of("'" + message.topic() + "' cannot be the subject of a message");
    }
    for (Map.Entry<String, String> header : message.headers().entrySet()) {
      String name = header.getKey();
      if (!NAME.matcher(name).matches() || !VALUE.matcher(header.getValue()).matches()) {
        return Optional.of("header '" + name + "' has characters that NATS does not carry");
      }
      if (name.toLowerCase(Locale.ROOT).startsWith("nats-")) {
        return Optional.of("header '" + name + "' is a command to NATS, not for messages");
      }
    }
    return Optional.empty();
  }

  Headers headers(StoredMessage message) {
    Headers headers = new Headers();
    CloudEvent.headers(message, PREFIX, source)
        .forEach(
            (name, value) -> headers.put(name, name.startsWith(PREFIX) ? encoded(value) : value));
    if (message.key() != null) {
      headers.put(KEY, encoded(message.key()));
    }
    // A stream of several subjects knows what is sent again by this alone.
    headers.put(MESSAGE_ID, message.id() + "/" + encoded(message.topic()));
    return headers;
  }

  /** As CloudEvents has it for headers: what is not printable ASCII, with per cent signs. */
  private static String encoded(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte one : text.getBytes(UTF_8)) {
      if (one > ' ' && one <= '~' && one != '"' && one != '%') {
        encoded.append((char) one);
      } else {
        encoded.append(String.format(Locale.ROOT, "%%%02X", one & 0xFF));
      }
    }
    return encoded.toString();
  }
}
