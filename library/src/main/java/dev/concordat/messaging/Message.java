package dev.concordat.messaging;

import dev.concordat.core.Bytes;
import dev.concordat.core.RefusedException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A message to be published. Immutable; each method gives another one.
 *
 * <p>Messages of one topic and key keep the order in which their transactions committed, if those
 * could not overlap: because they lock the row that the key names, or because the message is {@link
 * #ordered()}.
 */
public final class Message {

  private static final int MAX_NAME = 255;
  private static final int MAX_PAYLOAD = 16 * 1024 * 1024;

  private final String topic;
  private final String type;
  private final @Nullable String key;
  private final boolean ordered;
  private final Bytes payload;
  private final Map<String, String> headers;
  private final Duration delay;
  private final @Nullable UUID id;

  private Message(
      String topic,
      String type,
      @Nullable String key,
      boolean ordered,
      Bytes payload,
      Map<String, String> headers,
      Duration delay,
      @Nullable UUID id) {
    this.topic = topic;
    this.type = type;
    this.key = key;
    this.ordered = ordered;
    this.payload = payload;
    this.headers = headers;
    this.delay = delay;
    this.id = id;
  }

  /**
   * An empty message.
   *
   * @param topic where it goes: what Kafka calls a topic, RabbitMQ a routing key, NATS a subject
   * @param type what it says, in the words of its consumers, for instance {@code OrderPlaced}
   * @throws RefusedException if one of them is empty or longer than 255 characters
   */
  public static Message of(String topic, String type) {
    return new Message(
        named("topic", topic),
        named("type", type),
        null,
        false,
        Bytes.EMPTY,
        Map.of(),
        Duration.ZERO,
        null);
  }

  private static String named(String what, String name) {
    if (name.isBlank() || name.length() > MAX_NAME || name.indexOf('\0') >= 0) {
      throw new RefusedException(
          "the " + what + " of a message has 1 to " + MAX_NAME + " characters, none of them NUL");
    }
    return name;
  }

  /** The same with that payload, at most 16 MiB. */
  public Message payload(Bytes newPayload) {
    if (newPayload.length() > MAX_PAYLOAD) {
      throw new RefusedException(
          "a message carries at most "
              + MAX_PAYLOAD
              + " bytes, and this one "
              + newPayload.length()
              + "; publish a reference to what is too large");
    }
    return new Message(topic, type, key, ordered, newPayload, headers, delay, id);
  }

  /** The same with a text in UTF-8. */
  public Message text(String text) {
    return payload(Bytes.utf8(text));
  }

  /** The same with a value as JSON. */
  public Message json(Object value) {
    return payload(Bytes.taking(JsonMapper.shared().writeValueAsBytes(value)))
        .header(Headers.CONTENT_TYPE, "application/json");
  }

  /** The same with what orders it, among the messages of its topic. */
  public Message key(String newKey) {
    return new Message(topic, type, named("key", newKey), ordered, payload, headers, delay, id);
  }

  /**
   * The same, waiting at publication until no other open transaction has published an ordered
   * message of this key. For transactions that hold no lock on what the key names.
   */
  public Message ordered() {
    return new Message(topic, type, key, true, payload, headers, delay, id);
  }

  /**
   * The same with a header.
   *
   * @throws RefusedException if a NUL is in it, or the name is empty or too long
   */
  public Message header(String name, String value) {
    if (value.indexOf('\0') >= 0) {
      throw new RefusedException(
          "the header '"
              + name
              + "' of a message has a NUL, which no header carries; leave it out");
    }
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(named("header", name), value);
    return new Message(topic, type, key, ordered, payload, Map.copyOf(more), delay, id);
  }

  /** The same, leaving that much later at the earliest; then it keeps no order with others. */
  public Message after(Duration newDelay) {
    return new Message(topic, type, key, ordered, payload, headers, newDelay, id);
  }

  /** The same with an id of your own, by which consumers know it again; random unless said. */
  public Message id(UUID newId) {
    return new Message(topic, type, key, ordered, payload, headers, delay, newId);
  }

  /** Where it goes. */
  public String topic() {
    return topic;
  }

  /** What it says. */
  public String type() {
    return type;
  }

  /** What orders it. */
  public Optional<String> key() {
    return Optional.ofNullable(key);
  }

  /** Whether publishing takes a lock on the key. */
  public boolean isOrdered() {
    return ordered;
  }

  /** What it carries. */
  public Bytes payload() {
    return payload;
  }

  /** What travels beside it. */
  public Map<String, String> headers() {
    return headers;
  }

  /** How much later it leaves. */
  public Duration delay() {
    return delay;
  }

  /** Its id, if it is the caller's own. */
  public Optional<UUID> id() {
    return Optional.ofNullable(id);
  }

  @Override
  public String toString() {
    return type + " to " + topic + Objects.requireNonNullElse(key == null ? null : "/" + key, "");
  }
}
