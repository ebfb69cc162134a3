package dev.concordat.examples.outside;

import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * What an outside system did, in its own database. An effect and the money that moved are one
 * transaction; the key is what makes the second of two equal requests harmless.
 */
final class OutsideBooks {

  /** Of a target with this name nothing is ever taken. */
  static final String CLOSED = "closed";

  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS effect (
        key        text        PRIMARY KEY,
        request    text        NOT NULL,
        amount     bigint      NOT NULL,
        currency   text        NOT NULL,
        status     text        NOT NULL,
        reference  text        NOT NULL,
        at         timestamptz NOT NULL DEFAULT clock_timestamp(),
        visible_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE TABLE IF NOT EXISTS movement (
        no     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key    text   NOT NULL,
        amount bigint NOT NULL
      );
      CREATE TABLE IF NOT EXISTS refund (
        key    text   PRIMARY KEY,
        charge text   NOT NULL,
        amount bigint NOT NULL
      );
      CREATE TABLE IF NOT EXISTS notice (
        no        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key       text    NOT NULL,
        event     text    NOT NULL,
        status    text    NOT NULL,
        delivered boolean NOT NULL DEFAULT false
      );
      CREATE TABLE IF NOT EXISTS drawer (
        opening   bigint NOT NULL,
        remaining bigint NOT NULL CHECK (remaining >= 0)
      );
      INSERT INTO drawer SELECT 1000000000, 1000000000 WHERE NOT EXISTS (SELECT 1 FROM drawer);
      """;

  private static final String EFFECT =
      "SELECT request, amount, currency, status, reference, visible_at > clock_timestamp(), at"
          + " FROM effect WHERE key = ?";

  private final DataSource database;
  private final OutsideSystem system;

  /** An effect as it stands. */
  record Effect(
      String request,
      long amount,
      String currency,
      String status,
      String reference,
      boolean hidden,
      Instant at) {}

  /** Something to call back about. */
  record Notice(long no, String key, String event, String status) {}

  OutsideBooks(OutsideSystem system, DataSource database) throws SQLException {
    this.system = system;
    this.database = database;
    try (Connection connection = database.getConnection()) {
      Sql.script(connection, TABLES);
    }
  }

  private interface Work<T> {
    T apply(Connection tx) throws SQLException;
  }

  private <T> T inTransaction(Work<T> work) throws SQLException {
    try (Connection tx = database.getConnection()) {
      tx.setAutoCommit(false);
      try {
        T result = work.apply(tx);
        tx.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        tx.rollback();
        throw e;
      } finally {
        tx.setAutoCommit(true);
      }
    }
  }

  /** Acts, unless it has under this key; then it says what became of that. */
  Effect act(String key, String request, Wish wish, Fault fault) throws SQLException {
    return inTransaction(tx -> {
      boolean refused = fault == Fault.REFUSE || wish.target().equals(CLOSED);
      String status = refused ? "REFUSED" : "DONE";
      String insert =
          """
          INSERT INTO effect (key, request, amount, currency, status, reference, visible_at)
          VALUES (?, ?, ?, ?, ?, ?, clock_timestamp() + ? * interval '1 millisecond')
          ON CONFLICT DO NOTHING
          """;
      String reference = system.word() + "-" + Integer.toHexString(key.hashCode());
      long hidden = fault == Fault.LIES ? system.lieMillis() : 0;
      int done =
          Sql.update(
              tx, insert, key, request, wish.amount(), wish.currency(), status, reference, hidden);
      if (done == 1 && !refused) {
        move(tx, wish.key(), wish.amount());
      }
      if (done == 1 && system.callsBack()) {
        announce(tx, key, status, fault);
      }
      return find(tx, key).orElseThrow();
    });
  }

  /**
   * What is wanted.
   *
   * @param key the key it is counted under
   */
  record Wish(String key, String target, long amount, String currency) {}

  private void move(Connection tx, String key, long amount) throws SQLException {
    Sql.update(tx, "INSERT INTO movement (key, amount) VALUES (?, ?)", key, amount);
    if (system == OutsideSystem.ATM) {
      Sql.update(tx, "UPDATE drawer SET remaining = remaining - ?", amount);
    }
  }

  /** Told twice, what was first comes in between. */
  private static void announce(Connection tx, String key, String status, Fault fault)
      throws SQLException {
    String insert = "INSERT INTO notice (key, event, status) VALUES (?, ?, ?)";
    if (fault != Fault.LIES) {
      Sql.update(tx, insert, key, key + "/2", status);
    }
    if (fault == Fault.TWICE) {
      Sql.update(tx, insert, key, key + "/1", "PENDING");
      Sql.update(tx, insert, key, key + "/2", status);
    }
  }

  Optional<Effect> find(String key) throws SQLException {
    try (Connection connection = database.getConnection()) {
      return find(connection, key);
    }
  }

  private static Optional<Effect> find(Connection tx, String key) throws SQLException {
    return find(tx, EFFECT, key);
  }

  private static Optional<Effect> find(Connection tx, String sql, String key) throws SQLException {
    try (PreparedStatement statement = tx.prepareStatement(sql)) {
      statement.setString(1, key);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(effect(rows)) : Optional.empty();
      }
    }
  }

  private static Effect effect(ResultSet rows) throws SQLException {
    return new Effect(
        rows.getString(1),
        rows.getLong(2),
        rows.getString(3),
        rows.getString(4),
        rows.getString(5),
        rows.getBoolean(6),
        rows.getTimestamp(7).toInstant());
  }

  /**
   * Takes it back, or sees to it that it never happens: the row refuses a request that comes late.
   * Cash that is out stays out.
   */
  Effect takeBack(String key) throws SQLException {
    return inTransaction(tx -> {
      String none =
          """
          INSERT INTO effect (key, request, amount, currency, status, reference)
          VALUES (?, '', 0, ?, 'REFUSED', 'none') ON CONFLICT DO NOTHING
          """;
      Sql.update(tx, none, key, system.currency());
      Effect effect = find(tx, EFFECT + " FOR UPDATE", key).orElseThrow();
      if (effect.status().equals("DONE") && system.takesBack()) {
        move(tx, key, -effect.amount());
        Sql.update(tx, "UPDATE effect SET status = 'REVERSED' WHERE key = ?", key);
      }
      return find(tx, key).orElseThrow();
    });
  }

  /** Refunds, once for each key. */
  Effect refund(String key, String charge) throws SQLException {
    return inTransaction(tx -> {
      Optional<Effect> effect = find(tx, EFFECT + " FOR UPDATE", charge);
      String insert =
          "INSERT INTO refund SELECT ?, key, amount FROM effect WHERE key = ? AND status = 'DONE'"
              + " ON CONFLICT DO NOTHING";
      if (effect.isPresent() && Sql.update(tx, insert, key, charge) == 1) {
        move(tx, charge, -effect.get().amount());
        Sql.update(tx, "UPDATE effect SET status = 'REVERSED' WHERE key = ?", charge);
      }
      return find(tx, charge).orElseThrow(() -> new SQLException("no charge " + charge));
    });
  }

  /** What has not been told yet, in the order in which it is to be. */
  List<Notice> notices(int most) throws SQLException {
    String sql =
        "SELECT no, key, event, status FROM notice WHERE NOT delivered ORDER BY no LIMIT ?";
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, most);
      List<Notice> notices = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          notices.add(
              new Notice(rows.getLong(1), rows.getString(2), rows.getString(3), rows.getString(4)));
        }
      }
      return notices;
    }
  }

  void delivered(long no) throws SQLException {
    try (Connection connection = database.getConnection()) {
      Sql.update(connection, "UPDATE notice SET delivered = true WHERE no = ?", no);
    }
  }

  /** The file it settles by, without its heading. */
  List<String> settlement() throws SQLException {
    String sql =
        """
        SELECT concat_ws(',', ?::text, key, reference, amount, currency, status,
               key || '/settled/' || status,
               to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        FROM effect WHERE amount > 0 ORDER BY at
        """;
    try (Connection connection = database.getConnection()) {
      return Sql.rows(connection, sql, system.word());
    }
  }
}
