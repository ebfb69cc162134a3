package dev.concordat.core;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a participant answers to a command. Immutable; each method gives another one.
 *
 * @param type what it says, in the words of its receivers, for instance {@code FundsReserved}
 * @param refusal why the participant refuses, or null if it did what it was told
 * @param headers what travels beside it
 * @param payload what it says
 */
public record Reply(
    String type, @Nullable String refusal, Map<String, String> headers, Bytes payload) {

  private static final int MAX_TYPE = 255;
  private static final int MAX_REASON = 500;

  // A reply is kept in the journal of its saga.
  private static final int MAX_PAYLOAD = 1024 * 1024;

  /**
   * Copies the headers.
   *
   * @throws RefusedException if the type is empty or longer than 255 characters
   */
  public Reply {
    if (type.isBlank() || type.length() > MAX_TYPE || type.indexOf('\0') >= 0) {
      throw new RefusedException(
          "the type of a reply has 1 to " + MAX_TYPE + " characters, none of them NUL");
    }
    headers = Map.copyOf(headers);
  }

  /** It is done. */
  public static Reply of(String type) {
    return new Reply(type, null, Map.of(), Bytes.EMPTY);
  }

  /**
   * It is refused, and has no effect.
   *
   * @param reason for people; of more than 500 characters the rest is left out
   */
  public static Reply refused(String type, String reason) {
    return new Reply(type, line(reason), Map.of(), Bytes.EMPTY);
  }

  /** A header is one line to some brokers. */
  private static String line(String reason) {
    String line = reason.codePoints().anyMatch(Character::isISOControl) ? plain(reason) : reason;
    return line.length() <= MAX_REASON ? line : line.substring(0, MAX_REASON) + "…";
  }

  private static String plain(String reason) {
    StringBuilder plain = new StringBuilder(reason.length());
    reason.codePoints().forEach(c -> plain.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return plain.toString();
  }

  /**
   * The same with that payload, at most 1 MiB.
   *
   * @throws RefusedException if it is larger. Thrown out of a command's handler, as every {@link
   *     RefusedException}, it becomes a refusal: nothing that the handler did has an effect, and
   *     the saga compensates at once instead of waiting for a reply that it cannot take.
   */
  public Reply payload(Bytes newPayload) {
    if (newPayload.length() > MAX_PAYLOAD) {
      throw new RefusedException(
          "a reply carries at most "
              + MAX_PAYLOAD
              + " bytes, and this one "
              + newPayload.length()
              + "; reply with a reference to what is too large");
    }
    return new Reply(type, refusal, headers, newPayload);
  }

  /** The same with a text in UTF-8. */
  public Reply text(String text) {
    return payload(Bytes.utf8(text));
  }

  /** The same with a value as JSON. */
  public Reply json(Object value) {
    return payload(Bytes.taking(JsonMapper.shared().writeValueAsBytes(value)))
        .header("content-type", "application/json");
  }

  /** The same with a header. */
  public Reply header(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new Reply(type, refusal, more, payload);
  }

  /** Whether the participant refuses. */
  public boolean isRefusal() {
    return refusal != null;
  }

  /** Why the participant refuses, if it does. */
  public Optional<String> reason() {
    return Optional.ofNullable(refusal);
  }

  /**
   * The payload read as JSON.
   *
   * @throws tools.jackson.core.JacksonException if it is none, or another shape
   */
  public <T> T json(Class<T> as) {
    return JsonMapper.shared().readValue(payload.toArray(), as);
  }
}
