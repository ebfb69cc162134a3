package dev.concordat.messaging;

import dev.concordat.core.StoredMessage;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;

/** A message's headers as CloudEvents 1.0 has them in binary mode. */
public final class CloudEvent {

  private CloudEvent() {}

  /**
   * The headers of a message: those that CloudEvents asks for, with a broker's prefix, and its own
   * as they are. Its own never replace the former.
   *
   * @param prefix what the broker's binding puts before names, for instance {@code ce_}
   * @param source the attribute {@code source}
   */
  public static Map<String, String> headers(StoredMessage message, String prefix, String source) {
    Map<String, String> headers = new LinkedHashMap<>();
    message
        .headers()
        .forEach((name, value) -> {
          headers.put(name.equals(Headers.SUBJECT) ? prefix + name : name, value);
        });
    headers.put(prefix + "specversion", "1.0");
    headers.put(prefix + "id", message.id().toString());
    headers.put(prefix + "type", message.type());
    headers.put(prefix + "source", source);
    headers.put(prefix + "time", time(message.at()));
    return headers;
  }

  /** As the instant writes itself, without its slow formatter. */
  private static String time(Instant at) {
    LocalDateTime utc =
        LocalDateTime.ofEpochSecond(at.getEpochSecond(), at.getNano(), ZoneOffset.UTC);
    // A full minute would be written without its seconds.
    return utc.getSecond() == 0 && utc.getNano() == 0 ? at.toString() : utc + "Z";
  }
}
