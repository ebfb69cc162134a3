package dev.concordat.store;

import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Messages and ticks in memory: what is visible is what has been committed, in that order. */
final class MemoryOutbox implements Outbox, Ticks {

  private final MemoryTables tables;
  private final List<StoredMessage> visible = new ArrayList<>();
  // How much was visible at each tick.
  private final List<Integer> ticks = new ArrayList<>(List.of(0));
  private long last;

  MemoryOutbox(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public void append(Connection connection, List<NewMessage> messages) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() -> {
      for (NewMessage message : messages) {
        StoredMessage stored = stored(message);
        transaction.onCommit(() -> visible.add(stored));
      }
    });
  }

  private StoredMessage stored(NewMessage message) {
    Instant now = tables.now();
    return new StoredMessage(
        ++last,
        now,
        message.id(),
        message.topic(),
        message.key(),
        message.type(),
        message.headers(),
        message.payload(),
        MemoryTables.kept(message.notBefore()));
  }

  @Override
  public long newest() {
    return tables.locked(() -> {
      if (ticks.size() == 1 || ticks.get(ticks.size() - 1) < visible.size()) {
        ticks.add(visible.size());
      }
      return ticks.size() - 1L;
    });
  }

  @Override
  public List<StoredMessage> page(Cursor cursor, Portion most, int lane, int lanes) {
    return tables.locked(() -> most.firstOf(of(cursor, lane, lanes), message -> message));
  }

  private Stream<StoredMessage> of(Cursor cursor, int lane, int lanes) {
    return visible.subList(ticks.get(Math.toIntExact(cursor.from())), to(cursor)).stream()
        .filter(message -> message.position() > cursor.position())
        .filter(message -> Lanes.of(message.topic(), message.key(), message.id()) % lanes == lane)
        .sorted(Comparator.comparingLong(StoredMessage::position));
  }

  private int to(Cursor cursor) {
    return ticks.get(Math.toIntExact(cursor.to()));
  }

  /** How many messages are committed that a relay at that cursor has not read; of all lanes. */
  long beyond(Cursor cursor) {
    int from = ticks.get(Math.toIntExact(cursor.from()));
    long read =
        visible.subList(from, to(cursor)).stream()
            .filter(message -> message.position() <= cursor.position())
            .count();
    return visible.size() - from - read;
  }

  @Override
  public int trim() {
    return 0;
  }
}
