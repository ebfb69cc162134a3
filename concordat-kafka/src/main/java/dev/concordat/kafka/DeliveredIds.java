package dev.concordat.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.core.StoredMessage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a lane has delivered and its relay may send again. Each transaction wrote its share under a
 * number; a number is used again once its share is settled, so there are only as many as there are
 * transactions between two checkpoints. Not thread-safe.
 */
final class DeliveredIds {

  private static final byte FORMAT = 1;
  private static final int ID_BYTES = 16;

  private final long holdNanos;
  private final Map<Integer, Set<UUID>> shares = new HashMap<>();
  private final Map<UUID, Integer> numbers = new HashMap<>();
  private final Deque<Settled> held = new ArrayDeque<>();

  private record Settled(long at, Collection<UUID> ids) {}

  /**
   * @param hold how long after a checkpoint the database may still lose it in a crash
   */
  DeliveredIds(Duration hold) {
    this.holdNanos = hold.toNanos();
  }

  /** One id may be sent to several topics, and is another message in each. */
  static UUID idOf(StoredMessage message) {
    byte[] topic = message.topic().getBytes(UTF_8);
    return UUID.nameUUIDFromBytes(
        ByteBuffer.allocate(ID_BYTES + topic.length)
            .putLong(message.id().getMostSignificantBits())
            .putLong(message.id().getLeastSignificantBits())
            .put(topic)
            .array());
  }

  boolean contains(StoredMessage message) {
    return numbers.containsKey(idOf(message));
  }

  /** The lowest number that no share needs. */
  int free(long now) {
    while (!held.isEmpty() && now - held.peekFirst().at() > holdNanos) {
      held.removeFirst().ids().forEach(this::forget);
    }
    int number = 0;
    while (shares.containsKey(number)) {
      number++;
    }
    return number;
  }

  private void forget(UUID id) {
    Integer number = numbers.remove(id);
    if (number != null) {
      Set<UUID> share = shares.get(number);
      if (share != null && share.remove(id) && share.isEmpty()) {
        shares.remove(number);
      }
    }
  }

  void put(int number, Collection<UUID> ids) {
    Set<UUID> old = shares.remove(number);
    if (old != null) {
      old.forEach(id -> numbers.remove(id, number));
    }
    if (!ids.isEmpty()) {
      shares.put(number, new HashSet<>(ids));
      ids.forEach(id -> numbers.put(id, number));
    }
  }

  void settled(Collection<UUID> ids, long now) {
    held.addLast(new Settled(now, ids));
  }

  List<UUID> all() {
    return new ArrayList<>(numbers.keySet());
  }

  static byte[] write(Collection<UUID> ids) {
    ByteBuffer bytes = ByteBuffer.allocate(1 + ids.size() * ID_BYTES).put(FORMAT);
    for (UUID id : ids) {
      bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }
    return bytes.array();
  }

  static List<UUID> read(byte[] value) {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    if (bytes.remaining() % ID_BYTES != 1 || bytes.get() != FORMAT) {
      throw new IllegalStateException(
          "it holds a record that this version of Concordat did not write; nothing is sent, for"
              + " messages might be sent again: use the version that wrote it, or another topic");
    }
    List<UUID> ids = new ArrayList<>();
    while (bytes.hasRemaining()) {
      ids.add(new UUID(bytes.getLong(), bytes.getLong()));
    }
    return ids;
  }
}
