package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Fixture.Trip;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseListener;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.NotNowException;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.saga.Saga;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what comes in between does not make an answer false (P11), nor anything wait for ever
 * (P10). Method: other attempts, other two-phase commits and other processes at the same ids; a
 * network that swallows answers; databases that are away just then.
 */
class TwoPhaseTroubleTest {

  private static final String PREPARED =
      "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
  private static final Branches.Limits SHORT =
      new Branches.Limits(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(20));

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void tables() {
    for (Fixture db : List.of(accounts, ledger)) {
      db.sql("CREATE TABLE money (id int PRIMARY KEY, amount int NOT NULL)");
      db.sql("INSERT INTO money VALUES (1, 100)");
    }
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    accounts.close();
    ledger.close();
  }

  private TwoPhase plan(String name) {
    return TwoPhase.named(name)
        .database("accounts", accounts.pool)
        .database("ledger", ledger.pool)
        .grace(Duration.ofMillis(300))
        .limits(SHORT);
  }

  private Concordat start() {
    return accounts.concordat().pollingOnly().start();
  }

  private Concordat start(BranchWrapper wrapper) {
    return accounts.concordat().pollingOnly().wrappingBranches(wrapper).start();
  }

  private static Integer move(TwoPhaseTransaction tx, int amount) throws SQLException {
    tx.on("accounts").update("UPDATE money SET amount = amount - ?", amount);
    tx.on("ledger").update("UPDATE money SET amount = amount + ?", amount);
    return amount;
  }

  private String money() {
    return accounts.text("SELECT amount FROM money")
        + " "
        + ledger.text("SELECT amount FROM money");
  }

  @Test
  @DisplayName("P11: an id that another two-phase commit used is refused, and not taken for done")
  void anothersId() {
    try (Concordat concordat = start()) {
      TwoPhaseCommit transfers = concordat.twoPhaseCommit(plan("transfers"));
      TwoPhaseCommit invoices = concordat.twoPhaseCommit(plan("invoices"));
      assertThat(transfers.execute("4711", tx -> move(tx, 1))).isEqualTo(new Outcome.Done<>(1));

      assertThat(invoices.execute("4711", tx -> move(tx, 2)))
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).contains("'transfers'", "Choose ids"));
      assertThat(invoices.outcome("4711", Integer.class)).isInstanceOf(Outcome.Unknown.class);
      ledger.await(PREPARED, "0");
      assertThat(money()).isEqualTo("99 101");
    }
  }

  @Test
  @DisplayName("P11: while another attempt's decision is being committed, nothing is said refused")
  void anothersDecisionUnderWay() throws Exception {
    try (Concordat concordat = start();
        Connection other = accounts.pool.getConnection()) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan("transfers"));
      other.setAutoCommit(false);
      Fixture.sql(
          other,
          "INSERT INTO concordat.decision (id, name, attempt, receipt, settled)"
              + " VALUES ('t1', 'transfers', '00000000000000aa', '30', true)");

      Future<Outcome<Integer>> answer = threads.submit(() -> transfer.execute("t1", this::thirty));
      accounts.await(
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
              + " AND wait_event_type = 'Lock' AND query NOT LIKE '%lock_timeout%'",
          "1");
      accounts.await(
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
              + " AND wait_event_type = 'Lock' AND query LIKE '%lock_timeout%'",
          "1");
      other.commit();
      other.setAutoCommit(true);

      assertThat(answer.get()).isEqualTo(new Outcome.Done<>(30));
      ledger.await(PREPARED, "0");
      assertThat(money()).as("the other attempt wrote none").isEqualTo("100 100");
    }
  }

  private Integer thirty(TwoPhaseTransaction tx) throws SQLException {
    return move(tx, 30);
  }

  @Test
  @DisplayName(
      "P7: a decision is on the disk when it is told, also where commits do not wait for that")
  void decidedIsFlushed() {
    try (HikariDataSource careless = new HikariDataSource();
        Concordat concordat = start()) {
      careless.setJdbcUrl(accounts.pool.getJdbcUrl());
      careless.setConnectionInitSql("SET synchronous_commit = off");
      careless.setMaximumPoolSize(8);
      TwoPhaseCommit transfer =
          concordat.twoPhaseCommit(
              TwoPhase.named("careless")
                  .database("accounts", careless)
                  .database("ledger", ledger.pool));
      for (int i = 0; i < 20; i++) {
        String before = accounts.text("SELECT pg_current_wal_insert_lsn()");
        Outcome<Integer> outcome =
            i % 2 == 0
                ? transfer.execute("t" + i, tx -> move(tx, 1))
                : transfer.giveUp("t" + i, Integer.class);

        String flushed = "SELECT pg_current_wal_flush_lsn() > '" + before + "'::pg_lsn";
        assertThat(accounts.text(flushed)).as(outcome.toString()).isEqualTo("t");
        assertThat(careless.isRunning()).isTrue();
      }
    }
  }

  @Test
  @DisplayName("P7: what others have prepared is left alone")
  void foreignBranches() throws Exception {
    try (Connection connection = ledger.pool.getConnection();
        Concordat concordat = start()) {
      connection.setAutoCommit(false);
      Fixture.sql(connection, "INSERT INTO ledger (what) VALUES ('foreign')");
      Fixture.sql(connection, "PREPARE TRANSACTION 'concordat: not ours'");
      connection.setAutoCommit(true);
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan("transfers"));
      try (Concordat forgetful = start(real -> hooked(real, "teller", () -> DEAF))) {
        TwoPhaseCommit left = forgetful.twoPhaseCommit(plan("transfers"));
        assertThat(left.execute("t1", tx -> move(tx, 1))).isEqualTo(new Outcome.Done<>(1));
        left.kill();
      }

      ledger.await(PREPARED, "1");
      assertThat(
              ledger.text("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"))
          .isEqualTo("concordat: not ours");
      assertThat(transfer.inDoubt()).isEmpty();
      Fixture.sql(connection, "ROLLBACK PREPARED 'concordat: not ours'");
    }
  }

  @Test
  @DisplayName("P7: a decision to abort is remembered from when it was made last")
  void fencedAgain() {
    try (Concordat concordat = start()) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan("transfers"));
      transfer.giveUp("t1", Integer.class);
      for (Fixture db : List.of(accounts, ledger)) {
        db.sql("UPDATE concordat.decision SET at = at - interval '13 days'");
      }

      transfer.giveUp("t1", Integer.class);

      assertThat(accounts.text("SELECT at > now() - interval '1 day' FROM concordat.decision"))
          .isEqualTo("t");
      assertThat(transfer.execute("t1", tx -> move(tx, 1))).isInstanceOf(Outcome.Refused.class);
    }
  }

  @Test
  @DisplayName("P10, P11: a network that swallows the answer to PREPARE holds nobody up for ever")
  void swallowed() throws Exception {
    try (Cable cable = Cable.to(ledger.postgres().port());
        HikariDataSource through = new HikariDataSource();
        Concordat concordat = start()) {
      through.setJdbcUrl(
          ledger.pool.getJdbcUrl().replace(":" + ledger.postgres().port(), ":" + cable.port()));
      through.setMaximumPoolSize(16);
      through.setConnectionTimeout(1000);
      through.addDataSourceProperty("loginTimeout", "1");
      TwoPhaseCommit transfer =
          concordat.twoPhaseCommit(
              TwoPhase.named("transfers")
                  .database("accounts", accounts.pool)
                  .database("ledger", through)
                  .grace(Duration.ofMillis(300))
                  .limits(SHORT));

      Outcome<Integer> outcome =
          transfer.execute(
              "t1",
              tx -> {
                Integer moved = move(tx, 1);
                cable.swallow(true);
                return moved;
              });
      cable.swallow(false);

      assertThat(outcome)
          .as("whether an earlier attempt was decided in the ledger cannot be asked")
          .isInstanceOf(Outcome.Unknown.class);
      ledger.await(PREPARED, "0");
      assertThat(money()).isEqualTo("100 100");
    }
  }

  @Test
  @DisplayName("P7, P10: heuristics that cannot be noted now are noted later, and tellers go on")
  void heuristicsWhileTheDeciderIsAway() {
    try (Concordat forgetful = start(real -> hooked(real, "teller", () -> DEAF))) {
      TwoPhaseCommit transfer = forgetful.twoPhaseCommit(plan("transfers"));
      for (int i = 0; i < 6; i++) {
        var unused = transfer.execute("h" + i, tx -> apart(tx));
      }
      ledger.await(PREPARED, "6");
      transfer.kill();
    }
    String listed = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
    ledger.strings(listed).forEach(gid -> ledger.sql("ROLLBACK PREPARED '" + gid + "'"));
    AtomicBoolean away = new AtomicBoolean(true);
    CountDownLatch asked = new CountDownLatch(6);
    BranchWrapper wrapper =
        real ->
            hooked(
                real,
                "heuristics",
                () -> {
                  asked.countDown();
                  if (away.get()) {
                    throw new NotNowException("the decider has no connection just now");
                  }
                  return null;
                });
    try (Concordat second = start(wrapper)) {
      TwoPhaseCommit transfer = second.twoPhaseCommit(plan("transfers"));
      assertThat(await(asked)).isTrue();
      away.set(false);

      accounts.await("SELECT count(*) FROM concordat.heuristic", "6");
      assertThat(transfer.execute("t1", tx -> move(tx, 1))).isEqualTo(new Outcome.Done<>(1));
      ledger.await(PREPARED, "0");
    }
  }

  /** Rows of its own, so that none waits for another that is prepared. */
  private static Integer apart(TwoPhaseTransaction tx) throws SQLException {
    tx.on("accounts").update("INSERT INTO ledger (what) VALUES (?)", tx.id());
    tx.on("ledger").update("INSERT INTO ledger (what) VALUES (?)", tx.id());
    return 1;
  }

  private static final Branches.Teller DEAF =
      (Branches.Teller)
          Proxy.newProxyInstance(
              TwoPhaseTroubleTest.class.getClassLoader(),
              new Class<?>[] {Branches.Teller.class},
              (self, method, arguments) ->
                  method.getName().equals("close") ? null : BranchEnding.AGAIN);

  private interface Instead {
    Object result();
  }

  /** One call of a database gives another result, unless that is null. */
  private static AtomicDatabase hooked(AtomicDatabase real, String call, Instead instead) {
    return (AtomicDatabase)
        Proxy.newProxyInstance(
            TwoPhaseTroubleTest.class.getClassLoader(),
            new Class<?>[] {AtomicDatabase.class},
            (self, method, arguments) -> {
              Object other = method.getName().equals(call) ? instead.result() : null;
              return other == null ? invoke(real, method, arguments) : other;
            });
  }

  private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @DisplayName("P10: who closes waits for what is under way, and leaves nothing prepared")
  void closedInBetween() throws Exception {
    CountDownLatch working = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    try (Concordat concordat = start()) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan("transfers"));
      Future<Outcome<Integer>> answer =
          threads.submit(() ->
              transfer.execute(
                  "t1",
                  tx -> {
                    working.countDown();
                    closing.await();
                    return move(tx, 1);
                  }));
      assertThat(await(working)).isTrue();
      CompletableFuture<Void> closed = CompletableFuture.runAsync(transfer::close, threads);
      while (!isClosed(transfer)) {
        LockSupport.parkNanos(2_000_000);
      }
      closing.countDown();

      assertThat(answer.get()).isEqualTo(new Outcome.Done<>(1));
      closed.get();
      assertThat(ledger.text(PREPARED)).isEqualTo("0");
      assertThat(money()).isEqualTo("99 101");
    }
  }

  private static boolean isClosed(TwoPhaseCommit transfer) {
    return transfer.execute("other", tx -> 1) instanceof Outcome.Refused<Integer> refused
        && refused.reason().contains("closed");
  }

  @Test
  @DisplayName("P10: who waits until all is applied does not wait for ever")
  void appliedIsAwaitedWithPatience() {
    try (Concordat concordat = start(real -> hooked(real, "teller", () -> DEAF))) {
      TwoPhaseCommit transfer =
          concordat.twoPhaseCommit(
              plan("transfers").awaitApplied().patience(Duration.ofMillis(500)));

      assertThat(transfer.execute("t1", tx -> move(tx, 1))).isEqualTo(new Outcome.Done<>(1));
      assertThat(ledger.text(PREPARED)).isEqualTo("1");
    }
  }

  @Test
  @DisplayName(
      "P10: what a database's older name is in is recovered, and said aloud while it waits")
  void renamed() {
    try (Concordat first = start(real -> hooked(real, "teller", () -> DEAF))) {
      TwoPhaseCommit transfer = first.twoPhaseCommit(plan("transfers"));
      assertThat(transfer.execute("t1", tx -> move(tx, 1))).isEqualTo(new Outcome.Done<>(1));
      transfer.kill();
    }
    AtomicReference<String> inDoubt = new AtomicReference<>("");
    TwoPhaseListener hearing =
        new TwoPhaseListener() {
          @Override
          public void inDoubt(String name, String id, String branch, Duration age) {
            inDoubt.set(name + " " + id + " " + branch);
          }
        };
    TwoPhase renamed =
        TwoPhase.named("transfers")
            .database("bank", accounts.pool)
            .database("book", ledger.pool)
            .grace(Duration.ofMillis(300))
            .warnAfter(Duration.ofMillis(600));
    try (Concordat second = start(real -> hooked(real, "teller", () -> DEAF))) {
      try (TwoPhaseCommit waiting = second.twoPhaseCommit(renamed, hearing)) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (inDoubt.get().isEmpty()) {
          assertThat(System.nanoTime()).isLessThan(end);
        }
        assertThat(inDoubt.get()).isEqualTo("transfers t1 ledger");
        assertThat(waiting.inDoubt()).hasSize(1);
      }
    }
    try (Concordat third = start();
        TwoPhaseCommit again = third.twoPhaseCommit(renamed)) {
      ledger.await(PREPARED, "0");
      assertThat(money()).isEqualTo("99 101");
      assertThat(again.heuristics()).isEmpty();
    }
  }

  @Test
  @DisplayName("P2, P7: a step's attempt that slept does not commit behind its saga's back")
  void aStepThatSlept() throws Exception {
    TwoPhaseCommit[] transfer = new TwoPhaseCommit[1];
    CountDownLatch asleep = new CountDownLatch(1);
    CountDownLatch wakes = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .step(
                "transfer",
                (trip, call) -> {
                  transfer[0].executeStep(
                      call.key(),
                      Integer.class,
                      tx -> {
                        if (first.compareAndSet(true, false)) {
                          asleep.countDown();
                          wakes.await();
                        } else {
                          throw new RefusedException("not any more");
                        }
                        return move(tx, 1);
                      });
                  return trip;
                })
            .noCompensation("nothing was moved")
            .build();
    try (Concordat one = accounts.concordat(saga).pollingOnly().start()) {
      transfer[0] = one.twoPhaseCommit(plan("transfers"));
      String key = "k";
      Future<Object> slept =
          threads.submit(() ->
              transfer[0].execute(
                  key,
                  tx -> {
                    asleep.countDown();
                    wakes.await();
                    return move(tx, 1);
                  }));
      assertThat(await(asleep)).isTrue();
      assertThatThrownBy(() ->
              transfer[0].executeStep(
                  key,
                  Integer.class,
                  tx -> {
                    throw new RefusedException("not any more");
                  }))
          .isInstanceOf(RefusedException.class)
          .hasMessage("not any more");
      wakes.countDown();

      assertThat(slept.get()).isInstanceOf(Outcome.Refused.class);
      first.set(false);
      assertThat(one.start(saga, "one", Trip.of("ada")).await(PATIENCE).status())
          .isEqualTo(Status.COMPENSATED);
      assertThat(money()).isEqualTo("100 100");
    }
  }
}
