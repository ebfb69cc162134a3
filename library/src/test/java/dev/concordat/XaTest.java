package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.atomic.Branch;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.atomic.XaBranches;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.store.Branches;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: with XA resources too all branches commit or none (P7), and the answer is honest. Method: a
 * real PostgreSQL and a real MariaDB, and MariaDB alone.
 */
class XaTest {

  record Receipt(int amount) {}

  private static final String AMOUNT = "SELECT amount FROM money WHERE id = 1";

  private final Fixture accounts = Fixture.open();
  private final MariaDb ledger = MariaDb.open();
  private final MariaDb archive = MariaDb.open();
  private final Concordat concordat = accounts.concordat().pollingOnly().start();
  private final TwoPhaseCommit transfer =
      concordat.twoPhaseCommit(
          TwoPhase.named("transfer")
              .database("accounts", accounts.pool)
              .xa("ledger", ledger.source()));
  private final TwoPhaseCommit move =
      concordat.twoPhaseCommit(
          TwoPhase.named("move").xa("ledger", ledger.source()).xa("archive", archive.source()));

  @BeforeEach
  void tables() {
    String table = "CREATE TABLE money (id int PRIMARY KEY, amount int CHECK (amount >= 0))";
    accounts.sql(table);
    accounts.sql("INSERT INTO money VALUES (1, 100)");
    for (MariaDb db : new MariaDb[] {ledger, archive}) {
      db.sql(table);
      db.sql("INSERT INTO money VALUES (1, 100)");
    }
  }

  @AfterEach
  void close() {
    concordat.close();
    accounts.close();
  }

  private static Receipt move(TwoPhaseTransaction tx, String from, String to, int amount)
      throws Exception {
    tx.on(from).update("UPDATE money SET amount = amount - ? WHERE id = 1", amount);
    tx.on(to).update("UPDATE money SET amount = amount + ? WHERE id = 1", amount);
    return new Receipt(amount);
  }

  @Test
  @DisplayName("P7: a branch that was kept writes nothing once its transaction has ended")
  void keptBranch() {
    AtomicReference<Branch> kept = new AtomicReference<>();
    Outcome<Receipt> outcome =
        transfer.execute(
            "k1",
            tx -> {
              kept.set(tx.on("ledger"));
              return move(tx, "accounts", "ledger", 30);
            });

    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThatThrownBy(() -> kept.get().update("UPDATE money SET amount = 7"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("has ended");
    ledger.await(AMOUNT, "130");
  }

  @Test
  @DisplayName("P7: PostgreSQL and MariaDB both commit, and nothing stays prepared")
  void bothCommit() {
    Outcome<Receipt> outcome = transfer.execute("t1", tx -> move(tx, "accounts", "ledger", 30));

    assertThat(outcome).isEqualTo(new Outcome.Done<>(new Receipt(30)));
    accounts.await(AMOUNT, "70");
    ledger.await(AMOUNT, "130");
    assertThat(ledger.prepared()).isZero();
    assertThat(
            accounts.text(
                "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"))
        .isEqualTo("0");
    assertThat(transfer.outcome("t1", Receipt.class)).isEqualTo(outcome);
    accounts.await("SELECT settled FROM concordat.decision", "t");
  }

  @Test
  @DisplayName("P7: MariaDB alone: the decision is kept in Concordat's own database")
  void decidedAtHome() {
    Outcome<Receipt> outcome = move.execute("m1", tx -> move(tx, "ledger", "archive", 30));

    assertThat(outcome).isEqualTo(new Outcome.Done<>(new Receipt(30)));
    ledger.await(AMOUNT, "70");
    archive.await(AMOUNT, "130");
    assertThat(ledger.prepared() + archive.prepared()).isZero();
    assertThat(move.outcome("m1", Receipt.class)).isEqualTo(outcome);
    accounts.await("SELECT settled FROM concordat.decision", "t");
  }

  @Test
  @DisplayName("P7: only the XA resource is written to")
  void onlyMariaDbWrites() {
    transfer.execute(
        "t1",
        tx -> {
          tx.on("accounts").query("SELECT amount FROM money", row -> row.getInt(1));
          return tx.on("ledger").update("UPDATE money SET amount = 7");
        });
    transfer.execute("t2", tx -> tx.on("ledger").update("UPDATE money SET amount = amount + 1"));

    ledger.await(AMOUNT, "8");
    assertThat(accounts.text("SELECT count(*) FROM concordat.decision WHERE attempt IS NOT NULL"))
        .isEqualTo("2");
  }

  @Test
  @DisplayName("P7: what one refuses, none does")
  void noneCommits() {
    assertThat(transfer.execute("t1", tx -> move(tx, "accounts", "ledger", 130)))
        .isInstanceOf(Outcome.Refused.class);
    assertThat(transfer.execute("t2", tx -> move(tx, "ledger", "accounts", 130)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.reason()).contains("CONSTRAINT"));
    assertThat(
            move.execute(
                "m1",
                tx -> {
                  move(tx, "ledger", "archive", 10);
                  throw new RefusedException("no");
                }))
        .isEqualTo(new Outcome.Refused<>("no"));

    assertThat(accounts.text(AMOUNT)).isEqualTo("100");
    assertThat(ledger.text(AMOUNT)).isEqualTo("100");
    assertThat(archive.text(AMOUNT)).isEqualTo("100");
    assertThat(ledger.prepared() + archive.prepared()).isZero();
  }

  @Test
  @DisplayName("P4: an id commits once")
  void once() {
    Outcome<Receipt> first = move.execute("m1", tx -> move(tx, "ledger", "archive", 30));

    assertThat(move.execute("m1", tx -> move(tx, "ledger", "archive", 20))).isEqualTo(first);
    ledger.await(AMOUNT, "70");
    archive.await(AMOUNT, "130");
  }

  @Test
  @DisplayName("any JDBC library may work on the branch's connection, and cannot end it")
  void onItsConnection() {
    Outcome<String> outcome =
        transfer.execute(
            "t1",
            tx -> {
              Connection connection = tx.on("ledger").connection();
              try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE money SET amount = 1");
                statement.execute("USE " + archiveName());
              }
              try {
                connection.commit();
                return "it was done";
              } catch (UnsupportedOperationException e) {
                return "refused";
              }
            });

    assertThat(outcome).isEqualTo(new Outcome.Done<>("refused"));
    ledger.await(AMOUNT, "1");
    assertThat(transfer.execute("t2", tx -> tx.on("ledger").update("UPDATE money SET amount = 2")))
        .isEqualTo(new Outcome.Done<>(1));
    ledger.await(AMOUNT, "2");
    assertThat(archive.text(AMOUNT)).isEqualTo("100");
  }

  private String archiveName() {
    return archive.text("SELECT DATABASE()");
  }

  @Test
  @DisplayName("a statement that waits for a lock too long is given up, and nothing stays")
  void lockTimeout() throws SQLException {
    TwoPhaseCommit hasty =
        concordat.twoPhaseCommit(
            TwoPhase.named("hasty")
                .xa("ledger", ledger.source())
                .limits(
                    new Branches.Limits(
                        Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(5))));
    try (Connection holder = DriverManager.getConnection(ledger.url());
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.executeUpdate("UPDATE money SET amount = 3");

      assertThat(hasty.execute("h1", tx -> tx.on("ledger").update("UPDATE money SET amount = 4")))
          .isInstanceOfSatisfying(
              Outcome.Refused.class, refused -> assertThat(refused.reason()).contains("ock wait"));
      holder.commit();
    }
    assertThat(ledger.text(AMOUNT)).isEqualTo("3");
  }

  @Test
  @DisplayName("P7: a branch's row stays while a decision may ask for it, and four weeks at least")
  void remembersBranches() {
    assertThat(transfer.execute("t1", tx -> move(tx, "accounts", "ledger", 30)))
        .isInstanceOf(Outcome.Done.class);
    ledger.await(AMOUNT, "130");
    XaBranches branches = XaBranches.open("ledger", ledger.source(), new SystemPlatform(), true);
    try (branches) {
      Duration hour = Duration.ofHours(1);
      ledger.sql("UPDATE concordat_branch SET made = NOW() - INTERVAL 20 DAY");
      assertThat(branches.forget("transfer", hour, Duration.ZERO)).isZero();
      ledger.sql("UPDATE concordat_branch SET made = NOW() - INTERVAL 40 DAY");
      assertThat(branches.forget("transfer", hour, Duration.ofDays(40))).isZero();
      assertThat(branches.forget("transfer", hour, Duration.ofDays(30))).isEqualTo(1);
    }
  }
}
