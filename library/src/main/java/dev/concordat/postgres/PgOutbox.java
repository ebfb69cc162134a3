package dev.concordat.postgres;

import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import dev.concordat.store.Lanes;
import dev.concordat.store.NewMessage;
import dev.concordat.store.Outbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** The outbox in SQL. */
final class PgOutbox implements Outbox {

  private static final String COLUMNS =
      "(id, topic, key, lane, type, headers, payload, not_before)";

  private static final String INSERT =
      "INSERT INTO $.outbox " + COLUMNS + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

  // The lock first: the position is drawn only when it is held, and whoever holds it next draws a
  // higher one.
  private static final String INSERT_ORDERED =
      "WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock("
          + "hashtextextended(current_database() || ' $. ' || ? || ' ' || ?, 0)))"
          + " INSERT INTO $.outbox "
          + COLUMNS
          + " SELECT ?, ?, ?, ?, ?, ?, ?, ? FROM held";

  private static final String PAGE =
      Messages.portion(Messages.COLUMNS, "SELECT * FROM $.page(?, ?, ?, ?, ?, ?)", "position");

  private static final String FORGET_TICKS =
      "DELETE FROM $.tick WHERE no < (SELECT min(from_tick) FROM $.relay)"
          + " AND no < (SELECT max(no) FROM $.tick)";

  private static final int PARTS = 8;

  private final Database database;
  private final String insert;
  private final String insertOrdered;

  PgOutbox(Database database) {
    this.database = database;
    this.insert = database.sql(INSERT);
    this.insertOrdered = database.sql(INSERT_ORDERED);
  }

  @Override
  public void append(Connection connection, List<NewMessage> messages) {
    try {
      for (NewMessage message : messages) {
        append(connection, message);
      }
    } catch (SQLException e) {
      throw database.meaning(e, messages.get(0).id().toString());
    }
  }

  private void append(Connection connection, NewMessage message) throws SQLException {
    boolean locks = message.ordered() && message.key() != null;
    try (PreparedStatement statement =
        connection.prepareStatement(locks ? insertOrdered : insert)) {
      int next = 1;
      if (locks) {
        statement.setString(next++, message.topic());
        statement.setString(next++, message.key());
      }
      statement.setObject(next++, message.id());
      statement.setString(next++, message.topic());
      statement.setString(next++, message.key());
      statement.setInt(next++, Lanes.of(message.topic(), message.key(), message.id()));
      statement.setString(next++, message.type());
      statement.setString(next++, Messages.text(message.headers()));
      statement.setBytes(next++, message.payload().toArray());
      statement.setTimestamp(next, PgJournal.timestamp(message.notBefore()));
      statement.executeUpdate();
    }
  }

  @Override
  public List<StoredMessage> page(Cursor cursor, Portion most, int lane, int lanes) {
    return database.run(
        PAGE,
        statement -> {
          statement.setLong(1, cursor.from());
          statement.setLong(2, cursor.to());
          statement.setLong(3, cursor.position());
          statement.setInt(4, most.messages());
          statement.setInt(5, lane);
          statement.setInt(6, lanes);
          statement.setLong(7, most.bytes());
          return Database.rows(statement, Messages::read);
        });
  }

  @Override
  public int trim() {
    int emptied = 0;
    for (int part = 0; part < PARTS; part++) {
      emptied += new OutboxPart(database, part).emptyIfPassed() ? 1 : 0;
    }
    database.run(FORGET_TICKS, PreparedStatement::executeUpdate);
    return emptied;
  }
}
