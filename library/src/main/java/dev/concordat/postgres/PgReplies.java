package dev.concordat.postgres;

import dev.concordat.core.Bytes;
import dev.concordat.core.InvariantViolation;
import dev.concordat.core.Reply;
import dev.concordat.store.StoredReplies;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Replies in SQL. Whoever has inserted the row, or locked it, is the one who answers. */
final class PgReplies implements StoredReplies {

  private static final String CLAIM =
      "INSERT INTO $.reply (participant, key, compensating) VALUES (?, ?, ?)"
          + " ON CONFLICT DO NOTHING";

  private static final String FIND =
      "SELECT type, refusal, headers, payload, attempt FROM $.reply"
          + " WHERE participant = ? AND key = ? AND compensating = ? FOR UPDATE";

  private static final String KEEP =
      "UPDATE $.reply SET type = ?, refusal = ?, headers = ?, payload = ?, attempt = ?"
          + " WHERE participant = ? AND key = ? AND compensating = ?";

  private static final String FORGET =
      "DELETE FROM $.reply WHERE ctid = ANY (ARRAY(SELECT ctid FROM $.reply"
          + " WHERE at < clock_timestamp() - ? * interval '1 millisecond' LIMIT ?))";

  private final Database database;
  private final String claim;
  private final String find;
  private final String keep;

  PgReplies(Database database) {
    this.database = database;
    this.claim = database.sql(CLAIM);
    this.find = database.sql(FIND);
    this.keep = database.sql(KEEP);
  }

  @Override
  public Optional<Kept> claim(Connection connection, Id id) {
    try (PreparedStatement insert = connection.prepareStatement(claim)) {
      named(insert, 1, id);
      return insert.executeUpdate() == 1 ? Optional.empty() : found(connection, id);
    } catch (SQLException e) {
      throw database.meaning(e, id.key());
    }
  }

  private Optional<Kept> found(Connection connection, Id id) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(find)) {
      named(select, 1, id);
      List<Optional<Kept>> rows = Database.rows(select, PgReplies::kept);
      if (rows.isEmpty()) {
        throw new InvariantViolation("the reply to " + id + " was forgotten while it was read");
      }
      return rows.get(0);
    }
  }

  private static Optional<Kept> kept(ResultSet row) throws SQLException {
    String type = row.getString(1);
    if (type == null) {
      // Claimed by this very transaction, or by one that kept nothing.
      return Optional.empty();
    }
    Reply reply =
        new Reply(
            type,
            row.getString(2),
            Messages.headers(row.getString(3)),
            Bytes.taking(row.getBytes(4)));
    return Optional.of(new Kept(reply, row.getInt(5)));
  }

  private static void named(PreparedStatement statement, int from, Id id) throws SQLException {
    statement.setString(from, id.participant());
    statement.setString(from + 1, id.key());
    statement.setBoolean(from + 2, id.compensating());
  }

  @Override
  public void keep(Connection connection, Id id, Kept kept) {
    try (PreparedStatement update = connection.prepareStatement(keep)) {
      update.setString(1, kept.reply().type());
      update.setString(2, kept.reply().refusal());
      update.setString(3, Messages.text(kept.reply().headers()));
      update.setBytes(4, kept.reply().payload().toArray());
      update.setInt(5, kept.attempt());
      named(update, 6, id);
      if (update.executeUpdate() != 1) {
        throw new InvariantViolation("a reply was kept to " + id + ", which nobody claimed");
      }
    } catch (SQLException e) {
      throw database.meaning(e, id.key());
    }
  }

  @Override
  public int forget(Duration age, int most) {
    return database.run(
        FORGET,
        statement -> {
          statement.setLong(1, age.toMillis());
          statement.setInt(2, most);
          return statement.executeUpdate();
        });
  }
}
