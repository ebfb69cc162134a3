package dev.concordat.store;

import dev.concordat.core.Bytes;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message to be published.
 *
 * @param id by which its consumers tell it from others
 * @param topic where it goes
 * @param key what orders it: messages of one topic and key keep their order; null for none
 * @param ordered whether publishing waits for other open transactions that publish under this key,
 *     for callers without a lock of their own on what the key names
 * @param type what it says, in the words of its consumers
 * @param headers what travels beside it
 * @param payload what it says
 * @param notBefore when it may leave at the earliest, or null for at once; then it keeps no order
 */
public record NewMessage(
    UUID id,
    String topic,
    @Nullable String key,
    boolean ordered,
    String type,
    Map<String, String> headers,
    Bytes payload,
    @Nullable Instant notBefore) {

  /** Copies the headers. */
  public NewMessage {
    headers = Map.copyOf(headers);
  }
}
