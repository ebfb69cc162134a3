package dev.concordat.postgres;

import dev.concordat.store.Bell;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.postgresql.PGConnection;

/**
 * NOTIFY and LISTEN, in transactions of their own: PostgreSQL lets only one transaction with a
 * NOTIFY commit at a time, which would hold up all business that rang. The channel has the schema's
 * name.
 */
final class PgBell implements Bell {

  // Nothing is lost if a ring is, so nobody waits for it to be on disk.
  private static final String RING =
      "SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, '')";

  private final Database database;
  private final String channel;

  PgBell(Database database, String channel) {
    this.database = database;
    this.channel = channel;
  }

  @Override
  public void ring() {
    database.run(
        RING,
        statement -> {
          statement.setString(1, channel);
          return statement.execute();
        });
  }

  @Override
  public Ear listen() {
    Connection connection = null;
    try {
      connection = database.autoCommitting();
      execute(connection, "LISTEN " + Database.quoted(channel));
      return new PgEar(connection, connection.unwrap(PGConnection.class));
    } catch (SQLException e) {
      if (connection != null) {
        Database.close(connection);
      }
      throw database.meaning(e, "");
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private final class PgEar implements Ear {

    private final Connection connection;
    private final PGConnection wire;

    PgEar(Connection connection, PGConnection wire) {
      this.connection = connection;
      this.wire = wire;
    }

    @Override
    public boolean await(Duration longest) {
      try {
        return wire.getNotifications(Math.toIntExact(longest.toMillis())).length > 0;
      } catch (SQLException e) {
        throw database.meaning(e, "");
      }
    }

    @Override
    public void close() {
      try {
        execute(connection, "UNLISTEN *");
      } catch (SQLException e) {
        Database.LOG.debug("a broken connection need not be told to listen no longer", e);
      } finally {
        Database.close(connection);
      }
    }
  }
}
