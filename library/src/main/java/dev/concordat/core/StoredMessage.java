package dev.concordat.core;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message that was published; see {@code NewMessage}.
 *
 * @param position its place among all that were; orders messages of one key as their transactions
 *     committed
 * @param at when it was written, by the database's clock
 */
public record StoredMessage(
    long position,
    Instant at,
    UUID id,
    String topic,
    @Nullable String key,
    String type,
    Map<String, String> headers,
    Bytes payload,
    @Nullable Instant notBefore) {

  /** Copies the headers. */
  public StoredMessage {
    headers = Map.copyOf(headers);
  }
}
