package dev.concordat.examples;

import dev.concordat.atomic.Branch;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.RefusedException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Money moves from an account in one database to one in another, and a third records it. All three
 * commit or none. In its variant {@link #xa()} one of the first two is a MariaDB.
 */
public final class TransferScenario implements AtomicScenario {

  private static final String ACCOUNTS = "accounts";
  private static final String LEDGER = "ledger";
  private static final String AUDIT = "audit";

  /** Nobody has this account, which in a PostgreSQL only the branch's vote finds out. */
  private static final String NOBODY = "nobody";

  private static final TransferScenario PLAIN =
      new TransferScenario(
          "transfer",
          "two-phase commit",
          "Money moves between two databases and a third records it: all three commit or none.",
          Set.of());

  private static final TransferScenario XA =
      new TransferScenario(
          "transfer-xa",
          "two-phase commit with XA",
          "The same with one of the two a MariaDB: all three commit or none.",
          Set.of(LEDGER));

  private final String name;
  private final String pattern;
  private final String sentence;
  private final Set<String> resources;

  private TransferScenario(String name, String pattern, String sentence, Set<String> resources) {
    this.name = name;
    this.pattern = pattern;
    this.sentence = sentence;
    this.resources = resources;
  }

  /** Three PostgreSQLs. */
  public static TransferScenario plain() {
    return PLAIN;
  }

  /** Two PostgreSQLs and a MariaDB, which takes part through its XA driver. */
  public static TransferScenario xa() {
    return XA;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String pattern() {
    return pattern;
  }

  @Override
  public String sentence() {
    return sentence;
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
  public Set<String> resources() {
    return resources;
  }

  @Override
  public String tables(String database) {
    return switch (database) {
      case ACCOUNTS -> TransferTables.accounts("debit");
      case LEDGER ->
          resources.contains(LEDGER)
              ? TransferTables.accountsInMariaDb("credit")
              : TransferTables.accounts("credit");
      default -> TransferTables.audit("record");
    };
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
            TransferLaws.nonePrepared(postgres(), resources),
            TransferLaws.allFollowed(postgres())));
    return List.copyOf(laws);
  }

  private List<String> postgres() {
    return databases().stream().filter(database -> !resources.contains(database)).toList();
  }
}
