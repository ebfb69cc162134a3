package dev.concordat.store;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Divides messages so that all of one key are together. */
public final class Lanes {

  private Lanes() {}

  /** A number from 0, the same for all messages of a topic and key; spread by id without a key. */
  public static int of(String topic, @Nullable String key, UUID id) {
    int hash = key == null ? id.hashCode() : 31 * topic.hashCode() + key.hashCode();
    return (hash ^ (hash >>> 16)) & Integer.MAX_VALUE;
  }
}
