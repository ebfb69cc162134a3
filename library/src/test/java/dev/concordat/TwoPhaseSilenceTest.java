package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import dev.concordat.store.Branches.Limits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a database that says nothing at all delays only what needs it (P10). Method: the network to
 * one of three swallows every answer, and its pool would wait longer than the test.
 */
class TwoPhaseSilenceTest {

  private static final String PREPARED =
      "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
  private static final Limits PATIENT =
      new Limits(PATIENCE.multipliedBy(4), PATIENCE.multipliedBy(4), PATIENCE.multipliedBy(4));

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Fixture audit = Fixture.open();
  private final Cable cable = Cable.to(accounts.postgres().port());
  private final HikariDataSource through = new HikariDataSource();
  private final Concordat concordat = ledger.concordat().pollingOnly().start();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void pool() {
    through.setJdbcUrl(
        accounts.pool.getJdbcUrl().replace(":" + accounts.postgres().port(), ":" + cable.port()));
    through.setConnectionTimeout(PATIENCE.multipliedBy(10).toMillis());
  }

  @AfterEach
  void close() throws Exception {
    cable.swallow(false);
    cable.cut();
    threads.shutdownNow();
    concordat.close();
    through.close();
    cable.close();
    accounts.close();
    ledger.close();
    audit.close();
  }

  private TwoPhase plan() {
    return TwoPhase.named("transfer")
        .database("accounts", through)
        .database("ledger", ledger.pool)
        .database("audit", audit.pool)
        .limits(PATIENT);
  }

  private void awaitSilence() {
    cable.swallow(true);
    accounts.await(
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
            + " AND query LIKE '%pg_prepared_xacts%' AND pid <> pg_backend_pid()"
            + " AND state = 'idle'",
        "t");
  }

  @Test
  @DisplayName("P10: what others decide is recovered while one database says nothing")
  void recovers() {
    var unused = concordat.twoPhaseCommit(plan().grace(Duration.ofMillis(200)));
    awaitSilence();
    FaultPlan dies = new FaultPlan("Deciding.decide", 1, FaultPlan.Fault.CRASH_BEFORE);
    try (Concordat first =
        ledger.concordat().pollingOnly().wrappingBranches(dies::around).start()) {
      TwoPhaseCommit dying =
          first.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("ledger", ledger.pool)
                  .database("audit", audit.pool)
                  .grace(Duration.ofHours(1))
                  .patience(Duration.ZERO));
      assertThat(
              dying.execute(
                  "t1",
                  tx -> {
                    tx.on("ledger").update("INSERT INTO ledger (what) VALUES ('x')");
                    return tx.on("audit").update("INSERT INTO ledger (what) VALUES ('x')");
                  }))
          .isInstanceOf(Outcome.Unknown.class);
      dying.kill();
    }

    audit.await(PREPARED, "0");
    assertThat(audit.ledger()).isEmpty();
  }

  @Test
  @DisplayName("P10: a deadlock between others is broken while one database says nothing")
  void breaksDeadlocks() throws Exception {
    for (Fixture db : List.of(ledger, audit)) {
      db.sql("CREATE TABLE money (id int PRIMARY KEY, amount int NOT NULL)");
      db.sql("INSERT INTO money VALUES (1, 100)");
    }
    TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan().grace(Duration.ofMinutes(10)));
    awaitSilence();
    CyclicBarrier both = new CyclicBarrier(2);
    LinkedBlockingQueue<Outcome<Integer>> answers = new LinkedBlockingQueue<>();
    for (List<String> order : List.of(List.of("ledger", "audit"), List.of("audit", "ledger"))) {
      threads.execute(() ->
          answers.add(
              transfer.execute(
                  order.getFirst(),
                  tx -> {
                    tx.on(order.get(0)).update("UPDATE money SET amount = amount + 1");
                    both.await();
                    return tx.on(order.get(1)).update("UPDATE money SET amount = amount + 1");
                  })));
    }

    assertThat(answers.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .as("the other waits to hear from the silent one whether it had committed before")
        .isEqualTo(new Outcome.Done<>(1));
  }

  @Test
  @DisplayName("P10: what cannot be followed now does not keep younger decisions from being noted")
  void notStarved() {
    concordat.twoPhaseCommit(plan().grace(Duration.ofHours(2))).close();
    String ledgers = ledger.text("SELECT 'ledger@' || mark FROM concordat.place");
    ledger.sql("INSERT INTO concordat.branch (attempt) VALUES (171)");
    String decision =
        "INSERT INTO concordat.decision (id, name, attempt, branches, settled, at)"
            + " SELECT 't' || n, 'transfer', lpad(to_hex(n), 16, '0'), ARRAY[?], false,"
            + " now() - ? * interval '1 hour' FROM generate_series(?, ?) AS n";
    accounts.sql(decision, "gone@00000000", 48, 1000, 2200);
    accounts.sql(decision, ledgers, 24, 171, 171);

    var unused = concordat.twoPhaseCommit(plan().grace(Duration.ofMillis(200)));

    accounts.await("SELECT settled FROM concordat.decision WHERE id = 't171'", "t");
    assertThat(accounts.text("SELECT count(*) FROM concordat.decision WHERE NOT settled"))
        .isEqualTo("1201");
  }
}
