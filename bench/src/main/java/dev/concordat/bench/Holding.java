package dev.concordat.bench;

import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The business of one side of a transfer: what is tried is held, and held is what confirming makes
 * final. The same statements for all who do it.
 *
 * @param hold holds one unit of an account
 * @param end makes it final
 * @param back gives it back
 */
record Holding(String hold, String end, String back) implements TccHandler {

  /** Of the account that money leaves. */
  static final Holding DEBIT =
      new Holding(
          "UPDATE account SET held = held + 1 WHERE id = ? AND balance > held",
          "UPDATE account SET balance = balance - 1, held = held - 1 WHERE id = ?",
          "UPDATE account SET held = held - 1 WHERE id = ?");

  /** Of the account that money comes to: nothing of it may be spent before that is certain. */
  static final Holding CREDIT =
      new Holding(
          "UPDATE account SET held = held + 1 WHERE id = ?",
          "UPDATE account SET balance = balance + 1, held = held - 1 WHERE id = ?",
          "UPDATE account SET held = held - 1 WHERE id = ?");

  @Override
  public TccHold tryHold(Connection tx, TccCall call) throws SQLException {
    Bank.update(tx, hold, account(call));
    return TccHold.held();
  }

  @Override
  public @Nullable String confirm(Connection tx, TccCall call, String held) throws SQLException {
    Bank.update(tx, end, account(call));
    return null;
  }

  @Override
  public @Nullable String cancel(Connection tx, TccCall call, String held) throws SQLException {
    Bank.update(tx, back, account(call));
    return null;
  }

  private static int account(TccCall call) {
    return Integer.parseInt(call.body());
  }
}
