package dev.concordat.examples;

import dev.concordat.atomic.Branch;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.RefusedException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Money moves from an account in one database to one in another, and a third records it. All three
 * commit or none.
 */
public final class TransferScenario implements AtomicScenario {

  private static final String ACCOUNTS = "accounts";
  private static final String LEDGER = "ledger";
  private static final String AUDIT = "audit";

  /**
   * Nobody has this account, which only the branch's vote finds out: the constraint is deferred.
   */
  private static final String NOBODY = "nobody";

  private static final String ACCOUNT =
      """
      CREATE TABLE IF NOT EXISTS account (
        id      text   PRIMARY KEY,
        opening bigint NOT NULL,
        balance bigint NOT NULL
      );
      INSERT INTO account
      SELECT 'account-' || n, 100000000, 100000000 FROM generate_series(0, 99) AS n
      ON CONFLICT DO NOTHING;
      INSERT INTO account VALUES ('empty', 0, 0) ON CONFLICT DO NOTHING;
      """;

  @Override
  public String name() {
    return "transfer";
  }

  @Override
  public String pattern() {
    return "two-phase commit";
  }

  @Override
  public String sentence() {
    return "Money moves between two databases and a third records it: all three commit or none.";
  }

  @Override
  public List<String> steps() {
    return List.of("debit", "credit", "record");
  }

  @Override
  public List<String> databases() {
    return List.of(ACCOUNTS, LEDGER, AUDIT);
  }

  @Override
  public List<String> mortal() {
    return List.of(ACCOUNTS, LEDGER);
  }

  @Override
  public String tables(String database) {
    return switch (database) {
      case ACCOUNTS -> ACCOUNT + lines("debit");
      case LEDGER -> ACCOUNT + lines("credit");
      default ->
          "CREATE TABLE IF NOT EXISTS account (id text PRIMARY KEY);"
              + " INSERT INTO account VALUES ('transfers') ON CONFLICT DO NOTHING;"
              + lines("record");
    };
  }

  private static String lines(String table) {
    return """
    CREATE TABLE IF NOT EXISTS %s (
      transfer text        PRIMARY KEY,
      account  text        NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
      amount   bigint      NOT NULL,
      at       timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    """
        .formatted(table);
  }

  @Override
  public String work(TwoPhaseTransaction tx, long number, boolean unlucky, String refuse)
      throws SQLException {
    long amount = 100 + number % 900;
    String from = unlucky ? "empty" : "account-" + number % 97;
    String to = "account-" + number % 89;
    Branch accounts = tx.on(ACCOUNTS);
    String take = "UPDATE account SET balance = balance - ? WHERE id = ? AND balance >= ?";
    if (accounts.update(take, amount, from, amount) == 0) {
      throw new RefusedException(from + " has less than " + amount);
    }
    write(tx, ACCOUNTS, "debit", refuse.equals("debit") ? NOBODY : from, amount);
    tx.on(LEDGER).update("UPDATE account SET balance = balance + ? WHERE id = ?", amount, to);
    write(tx, LEDGER, "credit", refuse.equals("credit") ? NOBODY : to, amount);
    write(tx, AUDIT, "record", refuse.equals("record") ? NOBODY : "transfers", amount);
    return amount + " from " + from + " to " + to;
  }

  private static void write(
      TwoPhaseTransaction tx, String database, String table, String account, long amount)
      throws SQLException {
    String line = "INSERT INTO " + table + " (transfer, account, amount) VALUES (?, ?, ?)";
    tx.on(database).update(line, tx.id(), account, amount);
  }

  @Override
  public List<Law> always() {
    return List.of(
        TransferLaws.noneNegative(),
        TransferLaws.balances(ACCOUNTS, "debit", "-"),
        TransferLaws.balances(LEDGER, "credit", "+"),
        TransferLaws.debitedFirst());
  }

  @Override
  public List<Law> laws() {
    List<Law> laws = new ArrayList<>(always());
    laws.addAll(
        List.of(
            TransferLaws.conserved(),
            TransferLaws.allOrNone(),
            TransferLaws.doneIsThere(),
            TransferLaws.refusedIsNot(),
            TransferLaws.allKnown(),
            TransferLaws.nonePrepared(databases()),
            TransferLaws.allFollowed(databases())));
    return List.copyOf(laws);
  }
}
