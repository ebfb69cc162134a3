package dev.concordat.store;

import dev.concordat.core.Bytes;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The inbox in memory. Two open transactions with the same message are refused, not kept waiting.
 */
final class MemoryInbox implements Inbox {

  private final MemoryTables tables;
  private final Map<Id, Noted> noted = new HashMap<>();
  private @Nullable Duration remembered;

  private record Id(String consumer, String message) {}

  private record Noted(Bytes hash, Instant at) {}

  MemoryInbox(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public Notice note(Connection connection, String consumer, String message, Bytes hash) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      Id id = new Id(consumer, message);
      Noted found = noted.get(id);
      if (found != null) {
        return found.hash().equals(hash) ? Notice.KNOWN : Notice.DIFFERENT;
      }
      transaction.onCommit(() -> put(id, new Noted(hash, tables.now())));
      return Notice.NEW;
    });
  }

  private void put(Id id, Noted now) {
    if (noted.putIfAbsent(id, now) != null) {
      throw new IllegalStateException("another transaction has handled " + id);
    }
  }

  @Override
  public void remember(Duration age) {
    tables.alone(() -> {
      if (remembered == null || remembered.compareTo(age) < 0) {
        remembered = age;
      }
    });
  }

  @Override
  public Optional<Duration> remembered() {
    return tables.locked(() -> Optional.ofNullable(remembered));
  }

  @Override
  public int forget(Duration age, int most) {
    return tables.forget(noted.values(), most, one -> one.at().isBefore(tables.now().minus(age)));
  }
}
