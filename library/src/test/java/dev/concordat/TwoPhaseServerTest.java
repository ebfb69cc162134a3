package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.local.LocalPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: settings of a server and of its pool cost no decision and no branch (P7). Method: a server
 * of its own, on which nothing else makes anything durable by chance.
 */
class TwoPhaseServerTest {

  private final LocalPostgres own =
      LocalPostgres.builder()
          .setting("synchronous_commit", "off")
          .setting("wal_writer_delay", "10s")
          .setting("wal_writer_flush_after", "1GB")
          .setting("autovacuum", "off")
          .setting("bgwriter_lru_maxpages", "0")
          .setting("checkpoint_timeout", "1h")
          .start();
  private final Fixture home = Fixture.open();
  private final Fixture accounts = Fixture.on(own);
  private final Fixture ledger = Fixture.on(own);
  private final Fixture far = Fixture.open();

  @BeforeEach
  void tables() {
    for (Fixture db : List.of(accounts, ledger, far)) {
      db.sql("CREATE TABLE line (transfer text)");
    }
  }

  @AfterEach
  void close() {
    accounts.close();
    ledger.close();
    far.close();
    home.close();
    own.close();
  }

  private static String write(TwoPhaseTransaction tx) throws SQLException {
    for (String database : List.of("accounts", "ledger")) {
      tx.on(database).update("INSERT INTO line VALUES (?)", tx.id());
    }
    return tx.id();
  }

  private TwoPhase plan() {
    return TwoPhase.named("careless")
        .database("accounts", accounts.pool)
        .database("ledger", ledger.pool);
  }

  private Concordat start() {
    return home.concordat().pollingOnly().start();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a decision", "an abort", "a decision of one database"})
  @DisplayName("P7: what was told to be decided is there after a crash, without waiting commits")
  void decidedSurvives(String what) {
    Set<String> told = new TreeSet<>();
    try (Concordat concordat = start();
        // Elsewhere, for a PREPARE in the same server would make the last decision durable.
        TwoPhaseCommit transfer =
            concordat.twoPhaseCommit(
                TwoPhase.named("careless")
                    .database("accounts", accounts.pool)
                    .database("ledger", far.pool))) {
      for (int i = 0; i < 10; i++) {
        String id = "t" + i;
        switch (what) {
          case "a decision" ->
              assertThat(transfer.execute(id, TwoPhaseServerTest::write))
                  .isInstanceOf(Outcome.Done.class);
          case "an abort" ->
              assertThat(transfer.giveUp(id, String.class)).isInstanceOf(Outcome.Refused.class);
          default ->
              assertThat(
                      transfer.execute(
                          id,
                          tx -> tx.on("accounts").update("INSERT INTO line VALUES (?)", tx.id())))
                  .isInstanceOf(Outcome.Done.class);
        }
        told.add(id);
      }
      own.kill();
      transfer.kill();
    }
    own.restart();
    // A pool gives out what it has just had back without asking whether it still works.
    accounts.pool.getHikariPoolMXBean().softEvictConnections();

    accounts.await("SELECT count(*) FROM concordat.decision", String.valueOf(told.size()));
    if (!what.equals("an abort")) {
      assertThat(accounts.strings("SELECT transfer FROM line")).containsAll(told);
    }
  }

  @Test
  @DisplayName("P10: branches are told on connections that begin no transaction by themselves")
  void poolsThatBeginTransactions() {
    try (HikariDataSource first = beginning(accounts);
        HikariDataSource second = beginning(ledger);
        Concordat concordat = start();
        TwoPhaseCommit transfer =
            concordat.twoPhaseCommit(
                TwoPhase.named("careless")
                    .database("accounts", first)
                    .database("ledger", second))) {
      for (int i = 0; i < 3; i++) {
        assertThat(transfer.execute("t" + i, TwoPhaseServerTest::write))
            .isEqualTo(new Outcome.Done<>("t" + i));
      }
      ledger.await("SELECT count(*) FROM line", "3");
      ledger.await("SELECT count(*) FROM pg_prepared_xacts", "0");
    }
  }

  private static HikariDataSource beginning(Fixture db) {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(db.pool.getJdbcUrl());
    pool.setAutoCommit(false);
    return pool;
  }

  @Test
  @DisplayName(
      "P7, P10: what waits in another database of the server is ended there, by who has it")
  void anotherDatabaseOfTheServer() {
    FaultPlan dies = new FaultPlan("Deciding.decide", 1, FaultPlan.Fault.CRASH_BEFORE);
    try (Concordat first = home.concordat().pollingOnly().wrappingBranches(dies::around).start()) {
      TwoPhaseCommit dying = first.twoPhaseCommit(plan().patience(Duration.ZERO));
      assertThat(dying.execute("t1", TwoPhaseServerTest::write))
          .isInstanceOf(Outcome.Unknown.class);
      dying.kill();
    }
    assertThat(accounts.strings("SELECT database FROM pg_prepared_xacts"))
        .as("seen in the whole server")
        .containsExactly(ledger.text("SELECT current_database()"));
    try (Concordat second = start()) {
      TwoPhaseCommit one =
          second.twoPhaseCommit(
              TwoPhase.named("careless")
                  .database("accounts", accounts.pool)
                  .grace(Duration.ofMillis(200)));
      assertThat(one.inDoubt()).isEmpty();
      TwoPhaseCommit both = second.twoPhaseCommit(plan().grace(Duration.ofMillis(200)));
      ledger.await("SELECT count(*) FROM pg_prepared_xacts", "0");
      assertThat(both.heuristics()).isEmpty();
      assertThat(ledger.text("SELECT count(*) FROM line")).isEqualTo("0");
    }
  }
}
