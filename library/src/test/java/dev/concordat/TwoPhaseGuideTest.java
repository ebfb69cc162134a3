package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import java.io.IOException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Goal: the code of docs/two-phase-commit.md compiles and runs, between two databases. */
class TwoPhaseGuideTest {

  record Receipt(String id, int cents) {}

  @Test
  void theGuideRuns() {
    try (Fixture accounts = Fixture.open();
        Fixture ledger = Fixture.open()) {
      accounts.sql("CREATE TABLE account (id text PRIMARY KEY, balance int NOT NULL)");
      accounts.sql("INSERT INTO account VALUES ('ada', 50000)");
      ledger.sql("CREATE TABLE entry (account text, amount int)");
      DataSource accountsDb = accounts.pool;
      DataSource ledgerDb = ledger.pool;
      try (Concordat concordat = Concordat.on(accountsDb).start()) {
        TwoPhaseCommit transfer =
            concordat.twoPhaseCommit(
                TwoPhase.named("transfer")
                    .database("accounts", accountsDb)
                    .database("ledger", ledgerDb));

        Outcome<Receipt> outcome =
            transfer.execute(
                "transfer-81",
                tx -> {
                  tx.on("accounts")
                      .update(
                          "UPDATE account SET balance = balance - ? WHERE id = ?", 100_00, "ada");
                  tx.on("ledger")
                      .update("INSERT INTO entry (account, amount) VALUES (?, ?)", "ada", -100_00);
                  return new Receipt("transfer-81", 100_00);
                });

        assertThat(outcome).isEqualTo(new Outcome.Done<>(new Receipt("transfer-81", 100_00)));
        accounts.await("SELECT balance FROM account", "40000");
        ledger.await("SELECT sum(amount) FROM entry", "-10000");
      }
    }
  }

  @Test
  void itIsTheGuidesCode() throws IOException {
    Page.assertRun("docs/two-phase-commit.md", "Use", TwoPhaseGuideTest.class);
  }
}
