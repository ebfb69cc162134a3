package dev.concordat.messaging;

import dev.concordat.core.Bytes;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.StoredMessage;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A message's headers as CloudEvents 1.0 has them in binary mode. */
public final class CloudEvent {

  private static final String KEY = "partitionkey";

  /** What has a place elsewhere, or is of no use to who handles the message. */
  private static final Set<String> LEFT_OUT =
      Set.of("specversion", "id", "type", "source", "time", "dataschema", "datacontenttype", KEY);

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

  /**
   * A message as it was received. Attributes that it has in another place are left out of its
   * headers; {@code subject}, {@code traceparent} and those of extensions are there by their own
   * names.
   *
   * @param key what orders it, or null if the attribute {@code partitionkey} says that
   * @param headers all that the broker delivered, the attributes among them
   * @param prefix what the broker's binding puts before names of attributes
   * @param id by which it is known if it has no attribute {@code id}
   */
  public static ReceivedMessage received(
      String topic,
      @Nullable String key,
      Map<String, String> headers,
      Bytes payload,
      String prefix,
      String id) {
    Map<String, String> kept = new LinkedHashMap<>(headers);
    kept.keySet().removeIf(name -> name.startsWith(prefix));
    headers.forEach((name, value) -> {
      if (name.startsWith(prefix) && !LEFT_OUT.contains(name.substring(prefix.length()))) {
        kept.putIfAbsent(name.substring(prefix.length()), value);
      }
    });
    String own = headers.getOrDefault(prefix + "id", "");
    return new ReceivedMessage(
        own.isEmpty() ? id : own,
        topic,
        key == null ? headers.get(prefix + KEY) : key,
        headers.getOrDefault(prefix + "type", ""),
        kept,
        payload);
  }
}
