package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.core.OutcomeUnknownException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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

  sealed interface Result permits Moved, TooLittle {}

  record Moved(int amount) implements Result {}

  record TooLittle(String who) implements Result {}

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

  @Test
  @DisplayName("P11: a retry that would return another kind of receipt gets the one of the commit")
  void anotherKind() {
    assertThat(transfer.<Result>execute("t1", tx -> write(tx, new Moved(30))))
        .isEqualTo(new Outcome.Done<>(new Moved(30)));

    assertThat(transfer.<Result>execute("t1", tx -> write(tx, new TooLittle("ada"))))
        .isEqualTo(new Outcome.Done<>(new Moved(30)));
    assertThat(transfer.outcome("t1", Result.class)).isEqualTo(new Outcome.Done<>(new Moved(30)));
    assertThat(transfer.outcome("t1", Moved.class)).isEqualTo(new Outcome.Done<>(new Moved(30)));
    assertCommitted(transfer.outcome("t1", TooLittle.class), "Moved");
    assertCommitted(transfer.execute("t1", tx -> write(tx, new Receipt("t1", 6))), "Moved");
    assertThat(accounts.ledger()).isEqualTo("t1");
  }

  @Test
  @DisplayName("P11: a receipt whose class is gone is not read as another; nor is one without")
  void olderReceipts() {
    assertThat(transfer.execute("t1", tx -> write(tx, new Receipt("t1", 5))))
        .isInstanceOf(Outcome.Done.class);
    accounts.sql("UPDATE concordat.decision SET receipt = replace(receipt, '$Receipt', '$Former')");

    assertCommitted(transfer.execute("t1", tx -> write(tx, new Receipt("t1", 6))), "Former");
    assertThat(transfer.outcome("t1", Receipt.class))
        .as("whoever asks says what it is called now")
        .isEqualTo(new Outcome.Done<>(new Receipt("t1", 5)));

    accounts.sql("UPDATE concordat.decision SET receipt = split_part(receipt, E'\\n', 2)");
    assertThat(transfer.execute("t1", tx -> write(tx, new Receipt("t1", 6))))
        .as("as an older version has written it")
        .isEqualTo(new Outcome.Done<>(new Receipt("t1", 5)));
  }

  @Test
  @DisplayName("P11: what could not be read back is refused before anything commits")
  void neverReadable() {
    for (Object receipt : List.of(List.of(new Moved(1)), new ArrayList<>(List.of(5L)))) {
      assertThat(transfer.execute("t1", tx -> write(tx, receipt)))
          .as(receipt.getClass().getName())
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused ->
                  assertThat(refused.reason())
                      .contains("cannot be read back", "nothing was committed", "return a record"));
    }
    assertThat(accounts.ledger()).isEmpty();
    List<Integer> readable = new ArrayList<>(List.of(1, 2));
    assertThat(transfer.execute("t1", tx -> write(tx, readable)))
        .isEqualTo(new Outcome.Done<>(readable));
    assertThat(transfer.execute("t1", tx -> write(tx, new ArrayList<>(List.of(3)))))
        .isEqualTo(new Outcome.Done<>(readable));
  }

  private static void assertCommitted(Outcome<?> outcome, String written) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Unknown.class,
            unknown -> assertThat(unknown.detail()).contains("'t1' has committed", written));
  }

  private static void assertUnreadable(Outcome<Receipt> outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Unknown.class,
            unknown ->
                assertThat(unknown.detail()).contains("'t1' has committed", "Receipt", "receipt"));
  }
}
