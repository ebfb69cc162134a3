package dev.concordat;

import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccParticipant;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;

/**
 * A participant with a table of its own, written by hand: one row for each branch, which every
 * operation locks first. Tests tell it how to misbehave.
 */
final class Purse implements TccParticipant {

  /** What goes wrong with one call, before or after the purse did what it was asked. */
  interface Trouble {
    void meets(TccCall call) throws Exception;
  }

  private static final Trouble NONE = call -> {};

  private final DataSource database;
  private final String table;
  final Queue<TccCall> calls = new ConcurrentLinkedQueue<>();
  final Map<String, TccAnswer.Code> refusing = new ConcurrentHashMap<>();
  volatile Trouble before = NONE;
  volatile Trouble after = NONE;

  Purse(Fixture db, String name) {
    this.database = db.pool;
    this.table = "purse_" + name;
    db.sql(
        "CREATE TABLE IF NOT EXISTS "
            + table
            + " (id text PRIMARY KEY, state text NOT NULL, body text NOT NULL)");
  }

  @Override
  public TccAnswer answer(TccCall call) throws Exception {
    calls.add(call);
    before.meets(call);
    TccAnswer answer = inTransaction(call);
    after.meets(call);
    return answer;
  }

  private TccAnswer inTransaction(TccCall call) throws SQLException {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try {
        TccAnswer answer = act(connection, call);
        connection.commit();
        return answer;
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
  }

  private TccAnswer act(Connection connection, TccCall call) throws SQLException {
    TccAnswer.Code no = refusing.get(call.operation() + " " + call.branch().branch());
    if (no != null) {
      return new TccAnswer.Refused(no, "it says no");
    }
    Fixture.sql(
        connection,
        "INSERT INTO " + table + " (id, state, body) VALUES (?, 'NEW', ?) ON CONFLICT DO NOTHING",
        call.branch().toString(),
        call.body());
    String state = locked(connection, call.branch());
    return switch (call.operation()) {
      case TRY ->
          switch (state) {
            case "CANCELLED" -> refused(TccAnswer.Code.CANCELLED);
            case "CONFIRMED" -> refused(TccAnswer.Code.CONFIRMED);
            default -> becomes(connection, call, "HELD");
          };
      case CONFIRM ->
          switch (state) {
            case "NEW" -> refused(TccAnswer.Code.NOT_TRIED);
            case "CANCELLED" -> refused(TccAnswer.Code.CANCELLED);
            default -> becomes(connection, call, "CONFIRMED");
          };
      case CANCEL ->
          state.equals("CONFIRMED")
              ? refused(TccAnswer.Code.CONFIRMED)
              : becomes(connection, call, "CANCELLED");
    };
  }

  private String locked(Connection connection, TccBranchId branch) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT state FROM " + table + " WHERE id = ? FOR UPDATE")) {
      statement.setString(1, branch.toString());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private TccAnswer becomes(Connection connection, TccCall call, String state) throws SQLException {
    Fixture.sql(
        connection,
        "UPDATE " + table + " SET state = ? WHERE id = ?",
        state,
        call.branch().toString());
    return new TccAnswer.Done("{\"now\":\"" + state + "\"}");
  }

  private static TccAnswer refused(TccAnswer.Code code) {
    return new TccAnswer.Refused(code, "the branch is " + code);
  }

  /** The operations it was asked, in order, as {@code TRY account}. */
  List<String> asked() {
    return calls.stream().map(call -> call.operation() + " " + call.branch().branch()).toList();
  }

  /** What each branch is, as {@code account HELD}, with commas between them. */
  String states(Fixture db) {
    return db.text(
        "SELECT coalesce(string_agg(split_part(id, '/', 2) || ' ' || state, ',' ORDER BY"
            + " split_part(id, '/', 2)), '') FROM "
            + table);
  }
}
