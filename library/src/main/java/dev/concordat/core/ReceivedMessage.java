package dev.concordat.core;

import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A message that came from a broker. Characters that no table can hold (NUL) are replaced, and an
 * id that is too long is cut and ends with its hash, the same each time.
 *
 * @param id by which it is known again, 1 to 255 characters
 * @param topic where it was sent
 * @param key what orders it within the topic, or null
 * @param type what it says, in the words of its publisher; empty if it does not say
 * @param headers what travelled beside it, CloudEvents' own attributes left out
 * @param payload what it carries
 */
public record ReceivedMessage(
    String id,
    String topic,
    @Nullable String key,
    String type,
    Map<String, String> headers,
    Bytes payload) {

  private static final int MAX_ID = 255;
  private static final int KEPT = 180;

  /** Makes the replacements named above. */
  public ReceivedMessage {
    id = storable(id);
    if (id.length() > MAX_ID) {
      id = id.substring(0, KEPT) + "#" + HexFormat.of().formatHex(hash(id));
    }
    topic = storable(topic);
    key = key == null ? null : storable(key);
    type = storable(type);
    headers =
        headers.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    entry -> storable(entry.getKey()),
                    entry -> storable(entry.getValue()),
                    (one, other) -> other));
  }

  private static byte[] hash(String text) {
    return Bytes.utf8(text).sha256().toArray();
  }

  private static String storable(String text) {
    return text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
  }

  /** What orders it, or null if nothing does. */
  public @Nullable MessageKey ordering() {
    return key == null ? null : new MessageKey(topic, key);
  }

  /**
   * The payload as a value.
   *
   * @throws RefusedException if it is no JSON of that type; trying again will not help
   */
  public <T> T json(Class<T> as) {
    try {
      return JsonMapper.shared().readValue(payload.toArray(), as);
    } catch (JacksonException e) {
      throw new RefusedException(
          "message " + id + " (" + type + ") is no " + as.getSimpleName() + " in JSON", e);
    }
  }

  @Override
  public String toString() {
    return type + " " + id + " of " + topic + (key == null ? "" : "/" + key);
  }
}
