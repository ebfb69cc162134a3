package dev.concordat.examples.tcc;

import dev.concordat.core.RefusedException;
import dev.concordat.examples.db.Sql;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Accounts that money is taken from, or brought to. What is held is no longer available, and not
 * gone yet: {@code available = balance - held}. What comes in is announced, and available to nobody
 * before it is confirmed.
 *
 * <p>A body is {@code {"account": "…", "amount": 30}}: a positive amount is taken, a negative one
 * brought.
 */
public final class TccAccounts implements TccHandler {

  /** What an account has at the beginning. */
  public static final long OPENING = 1_000_000;

  private static final String TABLE =
      """
      CREATE TABLE IF NOT EXISTS account (
        id       text   PRIMARY KEY,
        balance  bigint NOT NULL CHECK (balance >= 0),
        held     bigint NOT NULL DEFAULT 0 CHECK (held >= 0 AND held <= balance),
        incoming bigint NOT NULL DEFAULT 0 CHECK (incoming >= 0)
      );
      INSERT INTO account SELECT 'account-' || n, %d FROM generate_series(0, 99) AS n
      ON CONFLICT DO NOTHING;
      """
          .formatted(OPENING);

  /** What a body says. */
  private record Order(String account, long amount) {
    static Order of(TccCall call) {
      JsonNode body = JsonMapper.shared().readTree(call.body());
      return new Order(body.path("account").asString(""), body.path("amount").asLong(0));
    }
  }

  /** Makes its table. */
  public static void create(Connection connection) throws SQLException {
    Sql.script(connection, TABLE);
  }

  @Override
  public TccHold tryHold(Connection tx, TccCall call) throws SQLException {
    Order order = Order.of(call);
    long amount = order.amount();
    String sql =
        amount >= 0
            ? "UPDATE account SET held = held + ? WHERE id = ? AND balance - held >= ?"
            : "UPDATE account SET incoming = incoming - ? WHERE id = ? AND ? < 0";
    if (Sql.update(tx, sql, amount, order.account(), amount) == 0) {
      throw new RefusedException(
          "there is no account '" + order.account() + "' with " + amount + " available");
    }
    return TccHold.of("{\"account\":\"" + order.account() + "\",\"amount\":" + amount + "}");
  }

  @Override
  public @Nullable String confirm(Connection tx, TccCall call, String held) throws SQLException {
    Order order = Order.of(call);
    long amount = order.amount();
    String sql =
        amount >= 0
            ? "UPDATE account SET balance = balance - ?, held = held - ? WHERE id = ?"
            : "UPDATE account SET balance = balance - ?, incoming = incoming + ? WHERE id = ?";
    Sql.update(tx, sql, amount, amount, order.account());
    return null;
  }

  @Override
  public @Nullable String cancel(Connection tx, TccCall call, String held) throws SQLException {
    Order order = Order.of(call);
    long amount = order.amount();
    String sql =
        amount >= 0
            ? "UPDATE account SET held = held - ? WHERE id = ?"
            : "UPDATE account SET incoming = incoming + ? WHERE id = ?";
    Sql.update(tx, sql, amount, order.account());
    return null;
  }
}
