package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches.Limits;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: an id commits once, also where its attempts run at once, write other databases, or see an
 * old snapshot (P4, P7); and whoever came second is told the truth (P11). Method: attempts held up
 * at the moments that matter, in three real databases, and rows that do not conflict.
 */
class TwoPhaseOnceTest {

  private static final String PREPARED =
      "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
  private static final String WRITTEN = "SELECT coalesce(string_agg(what, ','), '') FROM ledger";
  private static final String WAITING =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
          + " AND wait_event_type = 'Lock'";
  private static final Limits LIMITS =
      new Limits(Duration.ofSeconds(20), Duration.ofSeconds(40), Duration.ofSeconds(40));

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Fixture audit = Fixture.open();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    threads.shutdownNow();
    accounts.close();
    ledger.close();
    audit.close();
  }

  private static AtomicDatabase plain(AtomicDatabase real) {
    return real;
  }

  private Concordat start(BranchWrapper wrapper) {
    return accounts.concordat().pollingOnly().wrappingBranches(wrapper).start();
  }

  private TwoPhase plan() {
    return TwoPhase.named("transfer")
        .database("accounts", accounts.pool)
        .database("ledger", ledger.pool)
        .database("audit", audit.pool)
        .grace(Duration.ofSeconds(60))
        .limits(LIMITS);
  }

  private static int write(TwoPhaseTransaction tx, String what, String... databases)
      throws SQLException {
    for (String database : databases) {
      tx.on(database).update("INSERT INTO ledger (what) VALUES (?)", what);
    }
    return Integer.parseInt(what);
  }

  private static void read(TwoPhaseTransaction tx, String database) throws SQLException {
    assertThat(tx.on(database).query("SELECT count(*) FROM ledger", row -> row.getInt(1)))
        .hasSize(1);
  }

  /** What is written in each, once all has been told. */
  private String written() {
    StringBuilder all = new StringBuilder();
    for (Fixture db : List.of(accounts, ledger, audit)) {
      db.await(PREPARED, "0");
      all.append('[').append(db.text(WRITTEN)).append(']');
    }
    return all.toString();
  }

  /** How many decisions to commit there are. */
  private long decided() {
    return Stream.of(accounts, ledger, audit)
        .mapToLong(db ->
            Long.parseLong(
                db.text("SELECT count(*) FROM concordat.decision WHERE attempt IS NOT NULL")))
        .sum();
  }

  private static void awaitAnswerOrWaiting(Future<?> second, Fixture db) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!second.isDone() && db.text(WAITING).equals("0")) {
      assertThat(System.nanoTime()).as("the second ends or waits").isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ledger", "ledger,audit", "audit,ledger"})
  @DisplayName("P4: while one attempt is prepared, another that decides elsewhere waits for it")
  void atOnce(String databases) throws Exception {
    AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
    Hook hook = Hook.before("Deciding.decide", () -> meanwhile.get().run());
    try (Concordat concordat = start(hook::around)) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan());
      AtomicReference<Future<Outcome<Integer>>> second = new AtomicReference<>();
      meanwhile.set(() -> {
        second.set(
            threads.submit(() ->
                transfer.execute(
                    "t1",
                    tx -> {
                      read(tx, "accounts");
                      return write(tx, "2", databases.split(",", -1));
                    })));
        awaitAnswerOrWaiting(second.get(), ledger);
      });

      Outcome<Integer> first = transfer.execute("t1", tx -> write(tx, "1", "accounts", "ledger"));

      assertThat(first).isEqualTo(new Outcome.Done<>(1));
      assertThat(second.get().get()).isEqualTo(first);
      assertThat(written()).isEqualTo("[1][1][]");
      assertThat(decided()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"accounts,ledger", "ledger", "accounts"})
  @DisplayName("P4: an attempt whose snapshot is older than another's decision does not commit")
  void oldSnapshot(String databases) {
    try (HikariDataSource old = new HikariDataSource();
        Concordat concordat = start(TwoPhaseOnceTest::plain)) {
      old.setJdbcUrl(ledger.pool.getJdbcUrl());
      old.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
      TwoPhaseCommit transfer =
          concordat.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("accounts", accounts.pool)
                  .database("ledger", old)
                  .limits(LIMITS));

      Outcome<Integer> first =
          transfer.execute(
              "t1",
              tx -> {
                read(tx, "ledger");
                assertThat(
                        threads
                            .submit(
                                () -> transfer.execute("t1", inner -> write(inner, "2", "ledger")))
                            .get())
                    .isEqualTo(new Outcome.Done<>(2));
                return write(tx, "1", databases.split(",", -1));
              });

      assertThat(first).isEqualTo(new Outcome.Done<>(2));
      assertThat(accounts.text(WRITTEN)).isEmpty();
      ledger.await(PREPARED, "0");
      assertThat(ledger.text(WRITTEN)).isEqualTo("2");
    }
  }

  @Test
  @DisplayName("P4: an attempt that reads where another was prepared, and committed, recognises it")
  void readsWhereAnotherWasPrepared() {
    try (Concordat concordat = start(TwoPhaseOnceTest::plain)) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan());
      Outcome<Integer> first = transfer.execute("t1", tx -> write(tx, "1", "accounts", "ledger"));
      ledger.await(PREPARED, "0");

      Outcome<Integer> second =
          transfer.execute(
              "t1",
              tx -> {
                read(tx, "ledger");
                return write(tx, "2", "audit");
              });

      assertThat(second).isEqualTo(first).isEqualTo(new Outcome.Done<>(1));
      assertThat(written()).isEqualTo("[1][1][]");
    }
  }

  @Test
  @DisplayName("P4, P10: two that say the databases in another order end, and one commits")
  void crossed() throws Exception {
    CyclicBarrier bothPrepared = new CyclicBarrier(2);
    Hook one = Hook.before("Deciding.decide", () -> meet(bothPrepared));
    Hook other = Hook.before("Deciding.decide", () -> meet(bothPrepared));
    TwoPhase back =
        TwoPhase.named("transfer")
            .database("ledger", ledger.pool)
            .database("accounts", accounts.pool)
            .limits(LIMITS);
    try (Concordat first = start(one::around);
        Concordat second = start(other::around)) {
      TwoPhaseCommit there = first.twoPhaseCommit(plan());
      TwoPhaseCommit andBack = second.twoPhaseCommit(back);
      Future<Outcome<Integer>> answer =
          threads.submit(() -> there.execute("t1", tx -> write(tx, "1", "accounts", "ledger")));
      Outcome<Integer> backs = andBack.execute("t1", tx -> write(tx, "2", "accounts", "ledger"));
      Outcome<Integer> theres = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      assertThat(decided()).as(theres + " and " + backs).isEqualTo(1);
      assertThat(written()).isIn("[1][1][]", "[2][2][]");
      Outcome<Integer> done = there.outcome("t1", Integer.class);
      assertThat(List.of(theres, backs))
          .contains(done)
          .noneMatch(Outcome.Refused.class::isInstance);
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @DisplayName("P11: who waited in vain for another attempt is not told that nothing happened")
  void waitedInVain() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch goes = new CountDownLatch(1);
    Hook hook =
        Hook.before(
            "Deciding.decide",
            () -> {
              held.countDown();
              await(goes);
            });
    try (Concordat concordat = start(hook::around)) {
      TwoPhaseCommit transfer =
          concordat.twoPhaseCommit(
              plan()
                  .limits(
                      new Limits(
                          Duration.ofMillis(300), Duration.ofSeconds(40), Duration.ofSeconds(40))));
      Future<Outcome<Integer>> first =
          threads.submit(() -> transfer.execute("t1", tx -> write(tx, "1", "accounts", "ledger")));
      await(held);

      for (String databases : List.of("ledger", "ledger,audit", "accounts,ledger")) {
        assertThat(transfer.execute("t1", tx -> write(tx, "2", databases.split(",", -1))))
            .isInstanceOfSatisfying(
                Outcome.Unknown.class,
                unknown ->
                    assertThat(unknown.detail())
                        .contains("nothing was done this time", "has not ended yet"));
      }
      goes.countDown();

      assertThat(first.get()).isEqualTo(new Outcome.Done<>(1));
      assertThat(transfer.execute("t1", tx -> write(tx, "3", "ledger"))).isEqualTo(first.get());
      assertThat(written()).isEqualTo("[1][1][]");
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @DisplayName("P10: what was aborted, in whatever way, can be done again with the same id")
  void afterAnAbort() {
    audit.sql("CREATE TABLE one (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    audit.sql("INSERT INTO one VALUES (1)");
    try (Concordat concordat = start(TwoPhaseOnceTest::plain)) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan());
      assertThat(
              transfer.execute(
                  "t1",
                  tx -> {
                    write(tx, "1", "accounts", "ledger");
                    throw new RefusedException("no");
                  }))
          .isEqualTo(new Outcome.Refused<>("no"));
      assertThat(
              transfer.execute(
                  "t1",
                  tx -> {
                    tx.on("audit").update("INSERT INTO one VALUES (1)");
                    return write(tx, "1", "accounts", "ledger");
                  }))
          .as("the ledger is prepared, and audit votes no")
          .isInstanceOf(Outcome.Refused.class);

      assertThat(transfer.execute("t1", tx -> write(tx, "2", "accounts", "ledger", "audit")))
          .isEqualTo(new Outcome.Done<>(2));
      assertThat(written()).isEqualTo("[2][2][2]");
    }
  }

  @Test
  @DisplayName(
      "P10: an attempt waits for what a dead coordinator left, and commits when it is ended")
  void afterACrash() throws Exception {
    Hook dying =
        Hook.before(
            "Deciding.decide",
            () -> {
              throw new IllegalStateException("it dies here");
            });
    try (Concordat first = start(dying::around)) {
      TwoPhaseCommit transfer =
          first.twoPhaseCommit(plan().grace(Duration.ofHours(1)).patience(Duration.ofMillis(1)));
      Future<Outcome<Integer>> left =
          threads.submit(
              () -> transfer.execute("t1", tx -> write(tx, "1", "accounts", "ledger", "audit")));
      transfer.kill();
      var unused = left.get();
    }
    try (Concordat second = start(TwoPhaseOnceTest::plain)) {
      TwoPhaseCommit transfer = second.twoPhaseCommit(plan().grace(Duration.ofMillis(500)));

      assertThat(transfer.execute("t1", tx -> write(tx, "2", "ledger", "audit")))
          .isEqualTo(new Outcome.Done<>(2));
      assertThat(written()).isEqualTo("[][2][2]");
    }
  }

  @Test
  @DisplayName("an id that is remembered no more may be used again")
  void forgotten() {
    try (Concordat concordat = start(TwoPhaseOnceTest::plain)) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan());
      assertThat(transfer.execute("t1", tx -> write(tx, "1", "accounts", "ledger")))
          .isEqualTo(new Outcome.Done<>(1));
      accounts.await("SELECT settled FROM concordat.decision", "t");
      for (Fixture db : List.of(accounts, ledger)) {
        db.sql("DELETE FROM concordat.taken");
      }
      accounts.sql("DELETE FROM concordat.decision");

      assertThat(transfer.execute("t1", tx -> write(tx, "2", "accounts", "ledger")))
          .isEqualTo(new Outcome.Done<>(2));
      assertThat(written()).isEqualTo("[1,2][1,2][]");
    }
  }
}
