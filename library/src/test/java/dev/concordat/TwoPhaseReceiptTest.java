package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.core.OutcomeUnknownException;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Goal: what the work returned is given back, or why not; no answer is lost (P11). */
class TwoPhaseReceiptTest {

  record Receipt(String id, int cents) {}

  enum Kind {
    PLAIN,
    SPECIAL {
      @Override
      String said() {
        return "special";
      }
    };

    String said() {
      return "plain";
    }
  }

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Concordat concordat = accounts.concordat().pollingOnly().start();
  private final TwoPhaseCommit transfer =
      concordat.twoPhaseCommit(Map.of("accounts", accounts.pool, "ledger", ledger.pool));

  @AfterEach
  void close() {
    concordat.close();
    accounts.close();
    ledger.close();
  }

  private static <T> T write(TwoPhaseTransaction tx, T receipt) throws SQLException {
    for (String database : new String[] {"accounts", "ledger"}) {
      tx.on(database).update("INSERT INTO ledger (what) VALUES (?)", tx.id());
    }
    return receipt;
  }

  @Test
  @DisplayName("P11: a constant with a body of its own is remembered like any other")
  void constantWithABody() {
    for (Kind kind : Kind.values()) {
      String id = kind.said();
      assertThat(transfer.execute(id, tx -> write(tx, kind))).isEqualTo(new Outcome.Done<>(kind));

      assertThat(transfer.execute(id, tx -> write(tx, kind))).isEqualTo(new Outcome.Done<>(kind));
      assertThat(transfer.outcome(id, Kind.class)).isEqualTo(new Outcome.Done<>(kind));
    }
  }

  @Test
  @DisplayName("P11: work that returns null is refused before anything commits, with what to do")
  void nothingReturned() {
    Outcome<String> outcome = transfer.execute("t1", TwoPhaseReceiptTest::nothing);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).contains("returned null", "return something"));
    assertThat(accounts.ledger()).isEmpty();
    assertThat(ledger.ledger()).isEmpty();
    assertThat(accounts.text("SELECT count(*) FROM concordat.decision")).isEqualTo("0");
  }

  @SuppressWarnings("NullAway") // what a careless caller does
  private static String nothing(TwoPhaseTransaction tx) throws SQLException {
    return write(tx, (String) null);
  }

  @Test
  @DisplayName("P11: a receipt that can be read no more does not hide that it has committed")
  void unreadable() {
    assertThat(transfer.execute("t1", tx -> write(tx, new Receipt("t1", 5))))
        .isInstanceOf(Outcome.Done.class);
    accounts.sql("UPDATE concordat.decision SET receipt = '[\"of an older kind\"]'");

    assertUnreadable(transfer.execute("t1", tx -> write(tx, new Receipt("t1", 6))));
    assertUnreadable(transfer.outcome("t1", Receipt.class));
    assertUnreadable(transfer.giveUp("t1", Receipt.class));
    assertThatThrownBy(
            () -> transfer.executeStep("t1", Receipt.class, tx -> write(tx, new Receipt("t1", 6))))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("has committed");
    assertThat(accounts.ledger()).isEqualTo("t1");
  }

  private static void assertUnreadable(Outcome<Receipt> outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Unknown.class,
            unknown ->
                assertThat(unknown.detail()).contains("'t1' has committed", "Receipt", "receipt"));
  }
}
