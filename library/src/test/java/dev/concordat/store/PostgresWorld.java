package dev.concordat.store;

import dev.concordat.postgres.PostgresStore;
import dev.concordat.postgres.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/** The store on PostgreSQL. Time passes by moving everything written back in time. */
final class PostgresWorld implements StoreWorld {

  private static final AtomicBoolean MADE = new AtomicBoolean();

  private static final PostgresStore STORE = new PostgresStore(TestPostgres.pool(), "contract");

  private final DataSource source = TestPostgres.pool();

  PostgresWorld() {
    if (MADE.compareAndSet(false, true)) {
      STORE.migrate();
      TestPostgres.sql(
          source, "CREATE TABLE contract.effect (no bigserial PRIMARY KEY, key text NOT NULL)");
    }
    TestPostgres.sql(
        source,
        """
        DELETE FROM contract.instance; DELETE FROM contract.journal; DELETE FROM contract.worker;
        DELETE FROM contract.letter; DELETE FROM contract.effect; DELETE FROM contract.outbox;
        DELETE FROM contract.tick; DELETE FROM contract.relay; DELETE FROM contract.parked;
        DELETE FROM contract.inbox; DELETE FROM contract.unhandled; DELETE FROM contract.consumer;
        DELETE FROM contract.reply; DELETE FROM contract.hold;
        TRUNCATE contract.stray RESTART IDENTITY;
        DELETE FROM contract.consumer_lane; DELETE FROM contract.reaction;
        DELETE FROM contract.flow; DELETE FROM contract.flow_entry;
        DELETE FROM contract.flow_declaration; ALTER SEQUENCE contract.position RESTART;
        ALTER SEQUENCE contract.worker_no_seq RESTART; ALTER SEQUENCE contract.instance_no RESTART
        """);
  }

  @Override
  public Store store() {
    return STORE;
  }

  @Override
  public void pass(Duration time) {
    String ago = " - interval '" + time.toMillis() + " milliseconds'";
    TestPostgres.sql(
        source,
        """
        UPDATE contract.instance SET due = due AGO, created_at = created_at AGO,
               updated_at = updated_at AGO;
        UPDATE contract.worker SET lease_until = lease_until AGO;
        UPDATE contract.journal SET at = at AGO;
        UPDATE contract.letter SET at = at AGO;
        UPDATE contract.relay SET lease_until = lease_until AGO;
        UPDATE contract.parked SET due = due AGO;
        UPDATE contract.reply SET at = at AGO;
        UPDATE contract.inbox SET at = at AGO
        """
            .replace(" AGO", ago));
  }

  @Override
  public Session begin() {
    try {
      Connection connection = source.getConnection();
      connection.setAutoCommit(false);
      return new Session() {
        @Override
        public Connection connection() {
          return connection;
        }

        @Override
        public void commit() throws SQLException {
          connection.commit();
        }

        @Override
        public void close() throws SQLException {
          connection.close();
        }
      };
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void effect(Connection connection, String key) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO contract.effect (key) VALUES (?)")) {
      insert.setString(1, key);
      insert.executeUpdate();
    }
  }

  @Override
  public List<String> effects() {
    return TestPostgres.rows(source, "SELECT key FROM contract.effect ORDER BY no");
  }
}
