package dev.concordat.examples;

import dev.concordat.core.RetryPolicy;
import dev.concordat.examples.business.Withdrawal;
import dev.concordat.saga.Saga;
import java.time.Duration;
import java.util.List;

/**
 * A withdrawal crosses a bank's accounts, a payment gateway and a mail server. An e-mail cannot be
 * unsent, so its compensation is a second e-mail.
 */
public final class WithdrawalSagaScenario implements SagaScenario<Withdrawal> {

  @Override
  public String name() {
    return "withdrawal-saga";
  }

  @Override
  public String pattern() {
    return "saga";
  }

  @Override
  public String sentence() {
    return "A withdrawal over HTTP; a payment refused is refunded, an e-mail sent is corrected.";
  }

  @Override
  public List<String> services() {
    return List.of("accounts", "gateway", "mail");
  }

  @Override
  public Saga<Withdrawal> saga(Surroundings around) {
    Remote accounts = around.service("accounts");
    Remote gateway = around.service("gateway");
    Remote mail = around.service("mail");
    return Saga.named("withdraw", Withdrawal.class)
        .step("deduct", accounts.call("deduct"))
        .compensate(accounts.undo("refund"))
        .step("process payment", gateway.call("process payment"))
        .compensate(gateway.undo("reverse payment"))
        .step("notify", mail.call("notify"))
        .retry(RetryPolicy.exponential(Duration.ofMillis(50)).attempts(3))
        .compensate(mail.undo("send correction"))
        .deadline(Duration.ofMinutes(10))
        .build();
  }

  /** Half of the unlucky are refused by the bank; of the rest the mail server's answer is lost. */
  @Override
  public Withdrawal input(String id, long number, boolean unlucky) {
    boolean closed = unlucky && number % 2 == 0;
    boolean lost = unlucky && number % 2 == 1;
    return new Withdrawal(
        id,
        "account-" + number % 97,
        100 + number % 900,
        closed ? "closed" : "open",
        lost ? "nobody@lost.example" : "somebody@mail.example");
  }

  @Override
  public List<Law> laws() {
    String deducted = "SELECT id, amount FROM withdrawal WHERE status = 'DEDUCTED'";
    String paid =
        "SELECT withdrawal, sum(amount) FROM payment GROUP BY withdrawal HAVING sum(amount) <> 0";
    String toldGood =
        """
        SELECT withdrawal FROM mail GROUP BY withdrawal
        HAVING bool_or(subject = 'success') AND NOT bool_or(subject = 'correction')
        """;
    return List.of(
        Law.same(
            "what is deducted is paid out, and nothing else is",
            new Law.Query("accounts", deducted),
            new Law.Query("gateway", paid)),
        Law.none(
            "money is conserved: what left the accounts is what was withdrawn",
            "accounts",
            """
            SELECT account.id, 'had', opening, 'and has', balance, 'after', coalesce(sum(amount), 0)
            FROM account
            LEFT JOIN withdrawal w ON w.account = account.id AND w.status = 'DEDUCTED'
            GROUP BY account.id HAVING opening <> balance + coalesce(sum(amount), 0)
            """),
        Law.none(
            "nothing is paid twice",
            "gateway",
            """
            SELECT withdrawal, count(*), 'times' FROM payment WHERE amount > 0
            GROUP BY withdrawal HAVING count(*) > 1
            """),
        Law.same(
            "the last e-mail a customer has tells the truth",
            new Law.Query("gateway", paid.replace(", sum(amount) FROM", " FROM")),
            new Law.Query("mail", toldGood)),
        Law.none(
            "no e-mail is sent twice",
            "mail",
            """
            SELECT withdrawal, subject, count(*), 'times' FROM mail
            GROUP BY withdrawal, subject HAVING count(*) > 1
            """),
        Journals.ended(home()),
        Journals.undoneInReverse(),
        Journals.doneOnce());
  }
}
