package dev.concordat.core;

import org.jspecify.annotations.Nullable;

/**
 * What orders messages.
 *
 * @param topic where they go
 * @param key within the topic
 */
public record MessageKey(String topic, String key) {

  /** The message's, or null if nothing orders it: it has no key, or is delayed. */
  public static @Nullable MessageKey of(StoredMessage message) {
    return message.key() == null || message.notBefore() != null
        ? null
        : new MessageKey(message.topic(), message.key());
  }
}
