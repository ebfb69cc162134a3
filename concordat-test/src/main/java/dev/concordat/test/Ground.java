package dev.concordat.test;

import dev.concordat.postgres.PostgresStore;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.MemoryStore;
import dev.concordat.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What the cases of a crash test run on. */
abstract sealed class Ground {

  /** A store in which nothing of another case is under way, and its time. */
  abstract Field fresh();

  /** How often workers look for work. */
  abstract Duration poll();

  /**
   * Lets the time pass until the first of these instances is due, since all wait for nothing else.
   */
  abstract void skip(Field field, List<InstanceRow> waiting);

  /**
   * Where a case takes place.
   *
   * @param store what the case itself looks at
   * @param another the same store as each worker opens it for itself
   */
  record Field(Store store, Supplier<Store> another, SkippingClock clock) {}

  static Optional<Instant> firstDue(List<InstanceRow> rows) {
    return rows.stream().flatMap(row -> row.due().stream()).min(Comparator.naturalOrder());
  }

  /** In memory: a new store for each case. */
  static final class Memory extends Ground {
    @Override
    Field fresh() {
      SkippingClock clock = new SkippingClock();
      MemoryStore store = new MemoryStore(clock);
      return new Field(store, () -> store, clock);
    }

    @Override
    Duration poll() {
      return Duration.ofMillis(1);
    }

    @Override
    void skip(Field field, List<InstanceRow> waiting) {
      firstDue(waiting).ifPresent(field.clock()::skipTo);
    }
  }

  /** On PostgreSQL: one schema for all cases, which run one after the other. */
  static final class Postgres extends Ground {
    private final DataSource source;
    private final String schema;
    private @Nullable PostgresStore store;

    Postgres(DataSource source, String schema) {
      this.source = source;
      this.schema = schema;
    }

    @Override
    Field fresh() {
      PostgresStore made = store;
      if (made == null) {
        made = new PostgresStore(source, schema);
        made.migrate();
        store = made;
      }
      return new Field(made, () -> new PostgresStore(source, schema), new SkippingClock());
    }

    @Override
    Duration poll() {
      return Duration.ofMillis(4);
    }

    /** Nothing can turn the database's clock; so the instances are due earlier instead. */
    @Override
    void skip(Field field, List<InstanceRow> waiting) {
      String sql = "UPDATE \"" + schema + "\".instance SET due = clock_timestamp() WHERE no = ?";
      for (InstanceRow row : waiting) {
        if (row.due().isPresent()) {
          update(sql + " AND owner IS NULL AND due IS NOT NULL", row.no());
        }
      }
    }

    private void update(String sql, long no) {
      try (Connection connection = source.getConnection();
          PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setLong(1, no);
        statement.executeUpdate();
      } catch (SQLException e) {
        throw new IllegalStateException("time could not be skipped", e);
      }
    }
  }
}
