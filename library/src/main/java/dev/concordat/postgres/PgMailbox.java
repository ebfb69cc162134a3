package dev.concordat.postgres;

import dev.concordat.store.Mailbox;
import dev.concordat.store.Write;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Letters in SQL. Posting counts them on the instance's row, so that letting go overlooks none. */
final class PgMailbox implements Mailbox {

  private static final String POST =
      "WITH addressee AS (UPDATE $.instance SET mail = mail + 1,"
          + " due = CASE WHEN owner IS NULL THEN clock_timestamp() ELSE due END"
          + " WHERE id = ? RETURNING no, mail)"
          + " INSERT INTO $.letter (instance, no, kind, body)"
          + " SELECT no, mail, ?, ? FROM addressee RETURNING instance, no";

  private final Database database;

  PgMailbox(Database database) {
    this.database = database;
  }

  @Override
  public Optional<Posted> post(String id, String kind, String body) {
    return database.run(
        POST,
        statement -> {
          statement.setString(1, id);
          statement.setString(2, kind);
          statement.setString(3, body);
          return Database.rows(statement, row -> new Posted(row.getLong(1), row.getInt(2))).stream()
              .findFirst();
        });
  }

  @Override
  public OptionalLong postWithin(Connection connection, String id, String kind, String body) {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(POST))) {
      statement.setString(1, id);
      statement.setString(2, kind);
      statement.setString(3, body);
      return Database.rows(statement, row -> row.getLong(1)).stream()
          .mapToLong(Long::longValue)
          .findFirst();
    } catch (SQLException e) {
      throw database.meaning(e, id);
    }
  }

  @Override
  public List<Letter> waiting(long worker, int limit) {
    return database.run(
        "SELECT l.instance, l.no, l.kind, l.body, l.at FROM (SELECT w.instance, w.no, row_number()"
            + " OVER (PARTITION BY w.instance ORDER BY w.no) AS turn FROM $.letter w"
            + " JOIN $.instance i ON i.no = w.instance WHERE NOT w.taken AND i.owner = ?) AS first"
            + " JOIN $.letter l ON l.instance = first.instance AND l.no = first.no"
            + " ORDER BY first.turn, l.instance LIMIT ?",
        statement -> {
          statement.setLong(1, worker);
          statement.setInt(2, limit);
          return Database.rows(statement, PgMailbox::letter);
        });
  }

  @Override
  public List<Letter> waitingFor(long no) {
    return database.run(
        "SELECT instance, no, kind, body, at FROM $.letter WHERE instance = ? AND NOT taken"
            + " ORDER BY no",
        statement -> {
          statement.setLong(1, no);
          return Database.rows(statement, PgMailbox::letter);
        });
  }

  @Override
  public Optional<Write.Answer> answer(long no, int letter) {
    return database.run(
        "SELECT no, accepted, answer FROM $.letter WHERE instance = ? AND no = ? AND taken",
        statement -> {
          statement.setLong(1, no);
          statement.setInt(2, letter);
          return Database.rows(
                  statement,
                  row -> new Write.Answer(row.getInt(1), row.getBoolean(2), row.getString(3)))
              .stream()
              .findFirst();
        });
  }

  private static Letter letter(ResultSet row) throws SQLException {
    return new Letter(
        row.getLong(1),
        row.getInt(2),
        row.getString(3),
        row.getString(4),
        row.getTimestamp(5).toInstant());
  }
}
