package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches.Limits;
import dev.concordat.store.Decisions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: who waits for a branch that is prepared, or is interrupted while it waits for the decision,
 * is not left without an end or with a false answer (P10, P11). Method: two real databases, and
 * locks and interrupts at the moments that matter.
 */
class TwoPhaseBlockingTest {

  private static final String PREPARED =
      "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void tables() {
    for (Fixture db : List.of(accounts, ledger)) {
      db.sql("CREATE TABLE money (id int PRIMARY KEY, amount int NOT NULL)");
      db.sql("INSERT INTO money VALUES (1, 100)");
    }
    accounts.sql("CREATE TABLE name (name text UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    accounts.close();
    ledger.close();
  }

  private TwoPhaseCommit open(Concordat concordat, Limits limits) {
    return concordat.twoPhaseCommit(
        TwoPhase.named("transfer")
            .database("accounts", accounts.pool)
            .database("ledger", ledger.pool)
            .grace(Duration.ofSeconds(1))
            .limits(limits));
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /**
   * The first is prepared in the ledger, and its decision waits in accounts for what the second
   * wrote there, for a deferred constraint is only looked at then; the second waits in the ledger
   * for the first. No time-out for locks ends that here.
   */
  @Test
  @DisplayName("P10: in a circle with a prepared holder another is broken off, never the holder")
  void aPreparedHolderInTheCircle() throws Exception {
    Limits patient = new Limits(PATIENCE.multipliedBy(4), PATIENCE.multipliedBy(4), PATIENCE);
    CountDownLatch named = new CountDownLatch(1);
    try (Concordat concordat = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit transfer = open(concordat, patient);
      Future<Outcome<Integer>> second =
          threads.submit(() ->
              transfer.execute(
                  "second",
                  tx -> {
                    tx.on("accounts").update("INSERT INTO name VALUES ('ada')");
                    named.countDown();
                    ledger.await(PREPARED, "1");
                    return tx.on("ledger").update("UPDATE money SET amount = amount + 1");
                  }));
      await(named);
      Outcome<Integer> first =
          transfer.execute(
              "first",
              tx -> {
                tx.on("accounts").update("INSERT INTO name VALUES ('ada')");
                return tx.on("ledger").update("UPDATE money SET amount = amount + 10");
              });

      assertThat(first).isEqualTo(new Outcome.Done<>(1));
      assertThat(second.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).contains("statement failed"));
      ledger.await("SELECT amount FROM money", "110");
      ledger.await(PREPARED, "0");
      assertThat(accounts.text("SELECT count(*) FROM name")).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "prepare, false",
    "prepare, true",
    "decide, false",
    "decide, true",
  })
  @DisplayName("P7, P11: an interrupt between PREPARE and the decision makes no answer false")
  void interrupted(String before, boolean virtual) throws Exception {
    AtomicReference<Thread> caller = new AtomicReference<>();
    BranchWrapper wrapper =
        real -> (AtomicDatabase) hooked(AtomicDatabase.class, real, before, caller);
    try (Concordat concordat =
        accounts.concordat().pollingOnly().wrappingBranches(wrapper).start()) {
      TwoPhaseCommit transfer = open(concordat, Limits.DEFAULT);
      AtomicReference<Outcome<Integer>> answer = new AtomicReference<>();
      Runnable work =
          () -> {
            caller.set(Thread.currentThread());
            answer.set(
                transfer.execute(
                    "t1",
                    tx -> {
                      tx.on("accounts").update("UPDATE money SET amount = amount - 1");
                      return tx.on("ledger").update("UPDATE money SET amount = amount + 1");
                    }));
          };
      Thread thread = virtual ? Thread.ofVirtual().start(work) : Thread.ofPlatform().start(work);
      thread.join(PATIENCE);

      assertThat(caller.get()).as("it was interrupted once").isNull();
      ledger.await(PREPARED, "0");
      String moved = accounts.text("SELECT 100 - amount FROM money");
      ledger.await("SELECT amount - 100 FROM money", moved);
      Outcome<Integer> recorded = transfer.outcome("t1", Integer.class);
      switch (answer.get()) {
        case Outcome.Done<Integer> done -> assertThat(recorded).isEqualTo(done);
        case Outcome.Refused<Integer> no -> assertThat(moved).isEqualTo("0");
        case Outcome.Unknown<Integer> unknown ->
            assertThat(recorded instanceof Outcome.Done).isEqualTo(moved.equals("1"));
      }
      assertThat(
              transfer.execute(
                  "t1",
                  tx -> {
                    tx.on("accounts").update("UPDATE money SET amount = amount - 1");
                    return tx.on("ledger").update("UPDATE money SET amount = amount + 1");
                  }))
          .isEqualTo(new Outcome.Done<>(1));
      ledger.await("SELECT amount FROM money", "101");
    }
  }

  /** Interrupts the caller, once, just before that is called of a branch. */
  private static Object hooked(
      Class<?> type, Object real, String before, AtomicReference<Thread> caller) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (self, method, arguments) -> {
          if (method.getName().equals(before)) {
            Thread one = caller.getAndSet(null);
            if (one != null) {
              one.interrupt();
            }
          }
          Object result = invoke(real, method, arguments);
          return result instanceof Decisions.Deciding open
              ? hooked(Decisions.Deciding.class, open, before, caller)
              : result;
        });
  }

  private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lock", "statement", "idle"})
  @DisplayName("P10: each limit of a branch ends it, and nothing of the transaction is left")
  void limitsEndABranch(String which) throws Exception {
    Duration none = PATIENCE.multipliedBy(4);
    Duration soon = Duration.ofMillis(200);
    Limits limits =
        new Limits(
            which.equals("lock") ? soon : none,
            which.equals("statement") ? soon : none,
            which.equals("idle") ? soon : none);
    try (Concordat concordat = accounts.concordat().pollingOnly().start();
        Connection holder = ledger.pool.getConnection()) {
      holder.setAutoCommit(false);
      Fixture.sql(holder, "UPDATE money SET amount = 0");
      TwoPhaseCommit transfer = open(concordat, limits);

      Outcome<Integer> outcome =
          transfer.execute(
              "t1",
              tx -> {
                tx.on("accounts").update("UPDATE money SET amount = amount - 1");
                if (which.equals("lock")) {
                  tx.on("ledger").update("UPDATE money SET amount = amount + 1");
                } else if (which.equals("statement")) {
                  tx.on("ledger").query("SELECT pg_sleep(600)", row -> 1);
                } else {
                  tx.on("ledger").update("INSERT INTO money VALUES (2, 2)");
                  ledger.await(
                      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                          + " AND application_name LIKE 'concordat:%'",
                      "0");
                }
                return 1;
              });
      holder.rollback();
      holder.setAutoCommit(true);

      assertThat(outcome).isInstanceOf(Outcome.Refused.class);
      assertThat(accounts.text("SELECT amount FROM money")).isEqualTo("100");
      assertThat(ledger.text("SELECT sum(amount) FROM money")).isEqualTo("100");
      ledger.await(PREPARED, "0");
    }
  }

  @Test
  @DisplayName("nothing of a branch outlives its transaction in the session, as poolers require")
  void nothingStaysInTheSession() {
    String settings =
        "SELECT concat_ws(' ', current_setting('lock_timeout'),"
            + " current_setting('statement_timeout'),"
            + " current_setting('idle_in_transaction_session_timeout'),"
            + " coalesce(nullif(current_setting('concordat.branch', true), ''), '-'),"
            + " current_setting('application_name') LIKE 'concordat:%', (SELECT count(*) FROM"
            + " pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'))";
    try (Concordat concordat = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit transfer = open(concordat, Limits.DEFAULT);
      for (int i = 0; i < 20; i++) {
        var unused =
            transfer.execute(
                "t" + i,
                tx -> {
                  tx.on("accounts").update("UPDATE money SET amount = amount - 1");
                  return tx.on("ledger").update("UPDATE money SET amount = amount + 1");
                });
      }
      ledger.await("SELECT amount FROM money", "120");
    }
    for (Fixture db : List.of(accounts, ledger)) {
      for (int i = 0; i < 16; i++) {
        assertThat(db.text(settings)).isEqualTo("0 0 0 - f 0");
      }
    }
  }
}
