package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Goal: all branches commit or none (P7), and the answer is honest. Method: two real databases. */
class TwoPhaseTest {

  record Receipt(int amount) {}

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Concordat concordat = accounts.concordat().pollingOnly().start();
  private final TwoPhaseCommit transfer =
      concordat.twoPhaseCommit(Map.of("accounts", accounts.pool, "ledger", ledger.pool));

  @BeforeEach
  void tables() {
    for (Fixture db : new Fixture[] {accounts, ledger}) {
      db.sql("CREATE TABLE money (id int PRIMARY KEY, amount int NOT NULL CHECK (amount >= 0))");
      db.sql("INSERT INTO money VALUES (1, 100)");
    }
  }

  @AfterEach
  void close() {
    concordat.close();
    accounts.close();
    ledger.close();
  }

  private static Receipt move(TwoPhaseTransaction tx, int amount) throws Exception {
    tx.on("accounts").update("UPDATE money SET amount = amount - ? WHERE id = 1", amount);
    tx.on("ledger").update("UPDATE money SET amount = amount + ? WHERE id = 1", amount);
    return new Receipt(amount);
  }

  @Test
  @DisplayName("P7: both commit, and nothing stays prepared")
  void bothCommit() {
    Outcome<Receipt> outcome = transfer.execute("t1", tx -> move(tx, 30));

    assertThat(outcome).isEqualTo(new Outcome.Done<>(new Receipt(30)));
    accounts.await("SELECT amount FROM money", "70");
    ledger.await("SELECT amount FROM money", "130");
    accounts.await("SELECT count(*) FROM pg_prepared_xacts", "0");
    assertThat(transfer.outcome("t1", Receipt.class)).isEqualTo(outcome);
  }

  @Test
  @DisplayName("P7: what one refuses, none does")
  void noneCommits() {
    assertThat(transfer.execute("t1", tx -> move(tx, 130)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.reason()).contains("violates"));
    assertThat(
            transfer.execute(
                "t2",
                tx -> {
                  move(tx, 10);
                  throw new RefusedException("no");
                }))
        .isEqualTo(new Outcome.Refused<>("no"));

    assertThat(accounts.text("SELECT amount FROM money")).isEqualTo("100");
    assertThat(ledger.text("SELECT amount FROM money")).isEqualTo("100");
  }

  @Test
  @DisplayName("P4: an id commits once")
  void once() {
    Outcome<Receipt> first = transfer.execute("t1", tx -> move(tx, 30));

    assertThat(transfer.execute("t1", tx -> move(tx, 20))).isEqualTo(first);
    accounts.await("SELECT amount FROM money", "70");
    ledger.await("SELECT amount FROM money", "130");
  }
}
