package dev.concordat.examples;

import dev.concordat.core.RefusedException;
import dev.concordat.examples.business.Withdrawal;
import dev.concordat.examples.db.Sql;
import dev.concordat.saga.Saga;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * A withdrawal inside one database: where one transaction will do, nothing beats it. The four local
 * steps share one commit with Concordat's journal, so there is nothing to compensate: either all of
 * it happened or none.
 */
public final class WithdrawalLocalScenario implements SagaScenario<Withdrawal> {

  private static final String ONE_COMMIT =
      "it shares one commit with the other steps, so it is never done without them";

  @Override
  public String name() {
    return "withdrawal-local";
  }

  @Override
  public String pattern() {
    return "local transaction";
  }

  @Override
  public String sentence() {
    return "A withdrawal in one database: four local steps and the journal in one commit.";
  }

  @Override
  public List<String> services() {
    return List.of();
  }

  @Override
  public String home() {
    return "bank";
  }

  @Override
  public String tables() {
    return """
    CREATE TABLE IF NOT EXISTS account (
      id         text        PRIMARY KEY,
      opening    bigint      NOT NULL,
      balance    bigint      NOT NULL,
      touched_at timestamptz NOT NULL DEFAULT '-infinity'
    );
    CREATE TABLE IF NOT EXISTS withdrawal (
      id      text        NOT NULL,
      account text        NOT NULL,
      amount  bigint      NOT NULL,
      at      timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    INSERT INTO account
    SELECT 'account-' || n, 100000000, 100000000 FROM generate_series(0, 99) AS n
    ON CONFLICT DO NOTHING;
    INSERT INTO account VALUES ('empty', 0, 0) ON CONFLICT DO NOTHING;
    """;
  }

  @Override
  public Saga<Withdrawal> saga(Surroundings around) {
    return Saga.named("withdraw-locally", Withdrawal.class)
        .local("check balance", around.local("check balance", WithdrawalLocalScenario::check))
        .noCompensation("it only reads")
        .local("deduct", around.local("deduct", WithdrawalLocalScenario::deduct))
        .noCompensation(ONE_COMMIT)
        .local("record", around.local("record", WithdrawalLocalScenario::record))
        .noCompensation(ONE_COMMIT)
        .local("touch timestamp", around.local("touch timestamp", WithdrawalLocalScenario::touch))
        .noCompensation(ONE_COMMIT)
        .fuseLocalSteps()
        .build();
  }

  /** Locks the account, so that what is read here still holds when it is deducted. */
  private static Withdrawal check(Connection tx, Withdrawal wanted) throws SQLException {
    String read = "SELECT balance FROM account WHERE id = ? FOR UPDATE";
    long balance = Sql.number(tx, read, wanted.account()).orElse(0);
    if (balance < wanted.amount()) {
      throw new RefusedException(
          wanted.account() + " has " + balance + ", which is less than " + wanted.amount());
    }
    return wanted;
  }

  private static Withdrawal deduct(Connection tx, Withdrawal wanted) throws SQLException {
    String deduct = "UPDATE account SET balance = balance - ? WHERE id = ?";
    Sql.update(tx, deduct, wanted.amount(), wanted.account());
    return wanted;
  }

  private static Withdrawal record(Connection tx, Withdrawal wanted) throws SQLException {
    String record = "INSERT INTO withdrawal (id, account, amount) VALUES (?, ?, ?)";
    Sql.update(tx, record, wanted.id(), wanted.account(), wanted.amount());
    return wanted;
  }

  private static Withdrawal touch(Connection tx, Withdrawal wanted) throws SQLException {
    String touch = "UPDATE account SET touched_at = clock_timestamp() WHERE id = ?";
    Sql.update(tx, touch, wanted.account());
    return wanted;
  }

  @Override
  public Withdrawal input(String id, long number, boolean unlucky) {
    String account = unlucky ? "empty" : "account-" + number % 97;
    return new Withdrawal(id, account, 100 + number % 900, "", "");
  }

  @Override
  public List<Law> laws() {
    return List.of(
        Law.none(
            "no balance is negative",
            home(),
            "SELECT id, 'has', balance FROM account WHERE balance < 0"),
        Law.none(
            "a withdrawal is recorded if and only if it was deducted",
            home(),
            """
            SELECT account.id, 'had', opening, 'and has', balance, 'after', coalesce(sum(amount), 0)
            FROM account LEFT JOIN withdrawal w ON w.account = account.id
            GROUP BY account.id HAVING opening <> balance + coalesce(sum(amount), 0)
            """),
        Law.none(
            "nothing is withdrawn twice",
            home(),
            "SELECT id, count(*), 'times' FROM withdrawal GROUP BY id HAVING count(*) > 1"),
        Law.none(
            "no account was touched before its last withdrawal",
            home(),
            """
            SELECT account.id, 'was touched', touched_at, 'before', max(at)
            FROM account JOIN withdrawal w ON w.account = account.id
            GROUP BY account.id HAVING touched_at < max(at)
            """),
        Journals.ended(home()),
        Journals.undoneInReverse(),
        Journals.doneOnce());
  }
}
