package dev.concordat.core;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * How much is read at once: so many messages, and no more once their payloads have so many bytes.
 * At least one message, however large. It exceeds its bytes by less than its last message.
 *
 * @param messages how many, at least 1
 * @param bytes how many, at least 1
 */
public record Portion(int messages, long bytes) {

  /** Of payload, unless said: 16 MiB. */
  public static final long BYTES = 16L * 1024 * 1024;

  /** Refuses what would read nothing. */
  public Portion {
    if (messages < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "a portion has at least one message and one byte, not " + messages + " and " + bytes);
    }
  }

  /** So many messages, or {@link #BYTES} of them. */
  public static Portion of(int messages) {
    return new Portion(messages, BYTES);
  }

  /** Whether these are as much as it takes, so that there may be more. */
  public boolean isFilledBy(List<StoredMessage> read) {
    return read.size() >= messages || bytes(read) >= bytes;
  }

  /** As many of the first of these as it takes. */
  public <T> List<T> firstOf(Stream<T> all, Function<T, StoredMessage> message) {
    List<T> taken = new ArrayList<>();
    long size = 0;
    Iterator<T> rest = all.iterator();
    while (taken.size() < messages && size < bytes && rest.hasNext()) {
      T next = rest.next();
      taken.add(next);
      size += message.apply(next).payload().length();
    }
    return List.copyOf(taken);
  }

  /** How many bytes of payload these have. */
  public static long bytes(List<StoredMessage> messages) {
    long size = 0;
    for (StoredMessage message : messages) {
      size += message.payload().length();
    }
    return size;
  }
}
