package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.RetryPolicy;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccLocal;
import dev.concordat.tcc.TccParticipant;
import dev.concordat.tcc.TccResult;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Goal: the code of docs/tcc.md compiles and runs. */
class TccGuideTest {

  record Withdrawal(String account, int cents) {}

  /** The fee of the example, in the database of Concordat. */
  private static final class Fees implements TccLocal<Withdrawal> {
    @Override
    public void hold(Connection tx, Withdrawal withdrawal, TccBranchId branch) throws SQLException {
      Fixture.note(tx, "fee held");
    }

    @Override
    public void confirm(Connection tx, Withdrawal withdrawal, TccBranchId branch)
        throws SQLException {
      Fixture.note(tx, "fee taken");
    }

    @Override
    public void cancel(Connection tx, Withdrawal withdrawal, TccBranchId branch)
        throws SQLException {
      Fixture.note(tx, "fee given back");
    }
  }

  @Test
  void theGuideRuns() {
    try (Fixture db = Fixture.open()) {
      Purse purse = new Purse(db, "guide");
      TccParticipant accounts = purse;
      TccParticipant loyalty = purse;
      DataSource dataSource = db.pool;

      Tcc<Withdrawal> withdrawal =
          Tcc.named("withdrawal", Withdrawal.class)
              .version(1)
              .branch("account", accounts, w -> Map.of("account", w.account(), "cents", w.cents()))
              .branch(
                  "points", loyalty, w -> Map.of("account", w.account(), "points", w.cents() / 100))
              .local("fee", new Fees())
              .deadline(Duration.ofSeconds(20))
              .confirmRetry(
                  RetryPolicy.exponential(Duration.ofMillis(200))
                      .upTo(Duration.ofSeconds(30))
                      .forUpTo(Duration.ofHours(1)))
              .attribute("account", Withdrawal::account)
              .build();

      try (Concordat concordat = Concordat.on(dataSource).tcc(withdrawal).start()) {
        TccResult<Withdrawal> result =
            concordat.run(
                withdrawal, "w-4711", new Withdrawal("ada", 100_00), Duration.ofMinutes(1));
        assertThat(result.isConfirmed()).isTrue();
      }

      assertThat(purse.states(db)).isEqualTo("account CONFIRMED,points CONFIRMED");
      assertThat(db.ledger()).isEqualTo("fee held,fee taken");
    }
  }

  @Test
  void itIsTheGuidesCode() throws IOException {
    Page.assertRun("docs/tcc.md", "Use", TccGuideTest.class);
  }
}
