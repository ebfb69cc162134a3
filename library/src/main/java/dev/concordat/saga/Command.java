package dev.concordat.saga;

import dev.concordat.core.Bytes;
import dev.concordat.core.RefusedException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A command to a participant. Immutable; each method gives another one. Which instance and step it
 * is from, its idempotency key and where to reply are put into its headers when it is sent: see
 * {@link dev.concordat.core.CommandHeaders}.
 */
public final class Command {

  private static final int MAX_NAME = 255;
  private static final int MAX_PAYLOAD = 16 * 1024 * 1024;

  private final String topic;
  private final String type;
  private final @Nullable String key;
  private final Map<String, String> headers;
  private final Bytes payload;

  private Command(
      String topic, String type, @Nullable String key, Map<String, String> headers, Bytes payload) {
    this.topic = topic;
    this.type = type;
    this.key = key;
    this.headers = headers;
    this.payload = payload;
  }

  /**
   * A command without a payload.
   *
   * @param topic where the participant listens
   * @param type what it is to do, for instance {@code ReserveFunds}
   * @throws RefusedException if one of them is empty or longer than 255 characters
   */
  public static Command to(String topic, String type) {
    return new Command(named("topic", topic), named("type", type), null, Map.of(), Bytes.EMPTY);
  }

  private static String named(String what, String name) {
    if (name.isBlank() || name.length() > MAX_NAME || name.indexOf('\0') >= 0) {
      throw new RefusedException(
          "the " + what + " of a command has 1 to " + MAX_NAME + " characters, none of them NUL");
    }
    return name;
  }

  /**
   * The same with what orders it among the messages of its topic; the instance's id unless said.
   * Give a command and the one that compensates it the same, or they may overtake each other.
   */
  public Command key(String newKey) {
    return new Command(topic, type, named("key", newKey), headers, payload);
  }

  /** The same with a header. */
  public Command header(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(named("header", name), value);
    return new Command(topic, type, key, Map.copyOf(more), payload);
  }

  /** The same with that payload, at most 16 MiB. */
  public Command payload(Bytes newPayload) {
    if (newPayload.length() > MAX_PAYLOAD) {
      throw new RefusedException(
          "a command carries at most "
              + MAX_PAYLOAD
              + " bytes, and this one "
              + newPayload.length()
              + "; send a reference to what is too large");
    }
    return new Command(topic, type, key, headers, newPayload);
  }

  /** The same with a text in UTF-8. */
  public Command text(String text) {
    return payload(Bytes.utf8(text));
  }

  /** The same with a value as JSON. */
  public Command json(Object value) {
    return payload(Bytes.taking(JsonMapper.shared().writeValueAsBytes(value)))
        .header("content-type", "application/json");
  }

  /** Where it goes. */
  public String topic() {
    return topic;
  }

  /** What it asks for. */
  public String type() {
    return type;
  }

  /** What orders it, or null for the instance's id. */
  public @Nullable String key() {
    return key;
  }

  /** What travels beside it, without what is put there when it is sent. */
  public Map<String, String> headers() {
    return headers;
  }

  /** What it carries. */
  public Bytes payload() {
    return payload;
  }

  @Override
  public String toString() {
    return type + " to " + topic;
  }
}
