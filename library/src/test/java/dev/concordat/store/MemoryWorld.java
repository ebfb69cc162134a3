package dev.concordat.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The store in memory with a clock that ticks a microsecond at each look. */
final class MemoryWorld implements StoreWorld {

  private final List<String> effects = new ArrayList<>();
  private final MemoryStore store = new MemoryStore(this::tick);
  private Instant now = Instant.parse("2030-01-01T00:00:00Z");

  private Instant tick() {
    now = now.plusNanos(1000);
    return now;
  }

  @Override
  public Store store() {
    return store;
  }

  @Override
  public void pass(Duration time) {
    now = now.plus(time);
  }

  @Override
  public Session begin() {
    MemoryStore.Session session = store.begin();
    return new Session() {
      @Override
      public Connection connection() {
        return session.connection();
      }

      @Override
      public void commit() {
        session.commit();
      }

      @Override
      public void close() {
        session.close();
      }
    };
  }

  @Override
  public void effect(Connection connection, String key) throws SQLException {
    connection.unwrap(MemoryStore.Staged.class).onCommit(() -> effects.add(key));
  }

  @Override
  public List<String> effects() {
    return List.copyOf(effects);
  }
}
