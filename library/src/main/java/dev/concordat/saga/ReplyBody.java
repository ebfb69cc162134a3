package dev.concordat.saga;

import dev.concordat.core.Bytes;
import dev.concordat.core.CommandHeaders;
import dev.concordat.core.Reply;
import dev.concordat.saga.SagaStimulus.Request;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Replies as they are kept in letters and journals: text where they are text. */
final class ReplyBody {

  private ReplyBody() {}

  static Request.Replied of(String type, Map<String, String> headers, Bytes payload) {
    String text = text(payload);
    String refused = headers.get(CommandHeaders.REFUSED);
    int attempt = attempt(headers.getOrDefault(CommandHeaders.ATTEMPT, ""));
    return new Request.Replied(
        headers.getOrDefault(CommandHeaders.STEP, ""),
        attempt,
        CommandHeaders.COMPENSATE.equals(headers.get(CommandHeaders.KIND)),
        storable(type),
        refused != null,
        refused != null && attempt > 0,
        refused == null ? null : storable(refused),
        own(headers),
        text == null ? Base64.getEncoder().encodeToString(payload.toArray()) : text,
        text == null);
  }

  private static int attempt(String text) {
    return text.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(text) : 0;
  }

  /** Without those that led it here. */
  private static Map<String, String> own(Map<String, String> headers) {
    Map<String, String> own = new TreeMap<>();
    headers.forEach((name, value) -> {
      if (!name.startsWith("concordat-")) {
        own.put(storable(name), storable(value));
      }
    });
    return own;
  }

  private static String storable(String text) {
    return text.replace('\0', ' ');
  }

  /** As text, or null if it is none that can be stored. */
  private static @Nullable String text(Bytes payload) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload.toArray())).toString();
      return text.indexOf('\0') >= 0 ? null : text;
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  static Reply reply(SagaEvent.ReplyReceived kept) {
    Bytes payload =
        kept.base64()
            ? Bytes.taking(Base64.getDecoder().decode(kept.body()))
            : Bytes.utf8(kept.body());
    return new Reply(kept.type(), kept.reason(), kept.headers(), payload);
  }
}
