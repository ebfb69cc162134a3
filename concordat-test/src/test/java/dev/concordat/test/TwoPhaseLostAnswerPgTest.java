package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.local.LocalPostgres;
import dev.concordat.test.LossyProxy.When;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: an answer of a database that is lost costs neither money nor truth (P7, P11). Method: a
 * proxy before each of two databases breaks connections just before and just after the server did
 * what each phase asks for.
 */
class TwoPhaseLostAnswerPgTest {

  private static final LocalPostgres POSTGRES = LocalPostgres.start();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Predicate<String> DECISION = sql -> sql.strip().equals("COMMIT");

  private final Side accounts = new Side("accounts");
  private final Side ledger = new Side("ledger");
  private final Concordat concordat = Concordat.on(accounts.pool).pollingOnly().start();
  private final TwoPhaseCommit transfer =
      concordat.twoPhaseCommit(
          TwoPhase.named("transfer")
              .database("accounts", accounts.pool)
              .database("ledger", ledger.pool)
              .grace(Duration.ofMillis(500))
              .patience(Duration.ofMillis(500)));

  /** A database and the way to it. */
  private static final class Side {
    private final String url;
    private final LossyProxy proxy = LossyProxy.to("127.0.0.1", POSTGRES.port());
    private final HikariDataSource pool;

    Side(String name) {
      url = POSTGRES.createDatabase(name + System.nanoTime());
      pool = TransferProgram.connect(proxy.through(url));
    }

    String text(String sql) {
      try (Connection connection = java.sql.DriverManager.getConnection(url);
          Statement statement = connection.createStatement()) {
        if (!statement.execute(sql)) {
          return "";
        }
        try (ResultSet row = statement.getResultSet()) {
          return row.next() ? String.valueOf(row.getString(1)) : "";
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    boolean isInDoubt() {
      return !text("SELECT 1 FROM pg_prepared_xacts WHERE database = current_database()"
              + " UNION ALL SELECT 1 FROM concordat.decision WHERE NOT settled")
          .isEmpty();
    }

    void close() {
      pool.close();
      proxy.close();
    }
  }

  @BeforeEach
  void tables() {
    for (Side side : List.of(accounts, ledger)) {
      side.text("CREATE TABLE line (transfer text PRIMARY KEY, amount int NOT NULL)");
    }
  }

  @AfterEach
  void close() {
    concordat.close();
    accounts.close();
    ledger.close();
  }

  @AfterAll
  static void stop() {
    POSTGRES.close();
  }

  /** Done twice it fails: the transfer's line is there already. */
  private static String move(TwoPhaseTransaction tx) throws SQLException {
    String line = "INSERT INTO line VALUES (?, ?)";
    tx.on("accounts").update(line, tx.id(), -100);
    tx.on("ledger").update(line, tx.id(), 100);
    return "moved";
  }

  private Outcome<String> execute() {
    return transfer.execute("t1", TwoPhaseLostAnswerPgTest::move);
  }

  private void assertMoved(int times) {
    await();
    for (Side side : List.of(accounts, ledger)) {
      assertThat(side.text("SELECT count(*) FROM line")).isEqualTo(String.valueOf(times));
    }
    assertThat(transfer.heuristics()).isEmpty();
  }

  private void await() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (accounts.isInDoubt() || ledger.isInDoubt()) {
      assertThat(System.nanoTime() - end).as("nothing stays in doubt").isNegative();
      LockSupport.parkNanos(10_000_000);
    }
  }

  @ParameterizedTest
  @EnumSource(When.class)
  @DisplayName("P7: a vote that is lost is no vote")
  void aLostVoteAborts(When when) {
    ledger.proxy.cut(when, "PREPARE TRANSACTION");

    assertThat(execute()).isInstanceOf(Outcome.Refused.class);

    assertThat(ledger.proxy.cuts()).isEqualTo(1);
    assertMoved(0);
    assertThat(execute()).as("again").isEqualTo(new Outcome.Done<>("moved"));
    assertMoved(1);
  }

  @ParameterizedTest
  @EnumSource(When.class)
  @DisplayName("P11: a decision whose answer is lost is asked for")
  void aLostDecisionIsAskedFor(When when) {
    accounts.proxy.cut(when, DECISION);

    Outcome<String> outcome = execute();

    assertThat(accounts.proxy.cuts()).isEqualTo(1);
    if (when == When.AFTER) {
      assertThat(outcome).isEqualTo(new Outcome.Done<>("moved"));
    } else {
      assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    }
    assertMoved(when == When.AFTER ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource(When.class)
  @DisplayName("P7: who is not heard to have committed is told again")
  void phaseTwoIsToldAgain(When when) {
    ledger.proxy.cut(when, "COMMIT PREPARED");

    assertThat(execute()).isEqualTo(new Outcome.Done<>("moved"));

    assertMoved(1);
    assertThat(ledger.proxy.cuts()).isEqualTo(1);
  }

  @Test
  @DisplayName("P11: who does not know is never told Refused of what has committed")
  void refusedIsTrueAlsoTheSecondTime() {
    accounts.proxy.cut(When.AFTER, DECISION);
    Outcome<String> first = executeAndPart();
    assertThat(first).isInstanceOf(Outcome.Unknown.class);

    Outcome<String> whileNobodyCanBeAsked = execute();
    assertThat(whileNobodyCanBeAsked)
        .as("it has committed: %s", whileNobodyCanBeAsked)
        .isInstanceOf(Outcome.Unknown.class);

    accounts.proxy.heal();
    Outcome<String> again = execute();
    assertThat(again).as("it has committed").isNotInstanceOf(Outcome.Refused.class);
    assertMoved(1);
    assertThat(transfer.outcome("t1", String.class)).isEqualTo(new Outcome.Done<>("moved"));
  }

  /** The network is gone with the answer. */
  private Outcome<String> executeAndPart() {
    Thread parting =
        Thread.ofPlatform()
            .start(() -> {
              while (accounts.proxy.isWaiting()) {
                LockSupport.parkNanos(2_000_000);
              }
              accounts.proxy.part();
            });
    Outcome<String> outcome = execute();
    try {
      parting.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return outcome;
  }
}
