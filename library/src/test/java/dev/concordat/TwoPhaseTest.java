package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseStory;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: all branches commit or none (P7), and the answer is honest. Method: two real databases. */
class TwoPhaseTest {

  private static final String ACCOUNTS = "accounts";
  private static final String LEDGER = "ledger";

  record Receipt(int amount) {}

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Concordat concordat = accounts.concordat().pollingOnly().start();
  private final TwoPhaseCommit transfer =
      concordat.twoPhaseCommit(Map.of(ACCOUNTS, accounts.pool, LEDGER, ledger.pool));

  @BeforeEach
  void tables() {
    for (Fixture db : new Fixture[] {accounts, ledger}) {
      db.sql("CREATE TABLE money (id int PRIMARY KEY, amount int NOT NULL CHECK (amount >= 0))");
      db.sql("INSERT INTO money VALUES (1, 100)");
    }
  }

  @AfterEach
  void close() {
    concordat.close();
    accounts.close();
    ledger.close();
  }

  private void awaitNothingPrepared() {
    for (Fixture db : new Fixture[] {accounts, ledger}) {
      db.await("SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()", "0");
    }
  }

  private static Receipt move(TwoPhaseTransaction tx, int amount) throws Exception {
    tx.on("accounts").update("UPDATE money SET amount = amount - ? WHERE id = 1", amount);
    tx.on("ledger").update("UPDATE money SET amount = amount + ? WHERE id = 1", amount);
    return new Receipt(amount);
  }

  @Test
  @DisplayName("P7: both commit, and nothing stays prepared")
  void bothCommit() {
    Outcome<Receipt> outcome = transfer.execute("t1", tx -> move(tx, 30));

    assertThat(outcome).isEqualTo(new Outcome.Done<>(new Receipt(30)));
    accounts.await("SELECT amount FROM money", "70");
    ledger.await("SELECT amount FROM money", "130");
    awaitNothingPrepared();
    assertThat(transfer.outcome("t1", Receipt.class)).isEqualTo(outcome);
    accounts.await("SELECT count(*) FROM concordat.instance", "1");
    assertThat(concordat.twoPhaseStory("two-phase-commit/t1").orElseThrow().moments())
        .extracting(TwoPhaseStory.Moment::type)
        .containsExactlyInAnyOrder("Decided", "Followed");
  }

  @Test
  @DisplayName("P7: what one refuses, none does")
  void noneCommits() {
    assertThat(transfer.execute("t1", tx -> move(tx, 130)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.reason()).contains("violates"));
    assertThat(
            transfer.execute(
                "t2",
                tx -> {
                  move(tx, 10);
                  throw new RefusedException("no");
                }))
        .isEqualTo(new Outcome.Refused<>("no"));

    assertThat(accounts.text("SELECT amount FROM money")).isEqualTo("100");
    assertThat(ledger.text("SELECT amount FROM money")).isEqualTo("100");
  }

  @Test
  @DisplayName("P4: an id commits once")
  void once() {
    Outcome<Receipt> first = transfer.execute("t1", tx -> move(tx, 30));

    assertThat(transfer.execute("t1", tx -> move(tx, 20))).isEqualTo(first);
    accounts.await("SELECT amount FROM money", "70");
    ledger.await("SELECT amount FROM money", "130");
  }

  /** What each of two attempts of one id does; both decide in another database, or in none. */
  static Stream<Arguments> otherwise() {
    String write = "UPDATE money SET amount = amount - 1";
    String read = "UPDATE money SET amount = amount - 1 WHERE id = 2";
    return Stream.of(
        Arguments.of(List.of(write, write), List.of(read, write)),
        Arguments.of(List.of(write, write), List.of(read, read)),
        Arguments.of(List.of(read, write), List.of(write, write)),
        Arguments.of(List.of(write, read), List.of(read, write)));
  }

  @ParameterizedTest
  @MethodSource("otherwise")
  @DisplayName("P4: an id commits once, also if its second attempt has other databases to write to")
  void onceWhoeverDecides(List<String> first, List<String> second) {
    Outcome<Receipt> done = transfer.execute("t1", tx -> run(tx, first, 1));
    String after = accounts.text("SELECT amount FROM money");
    awaitNothingPrepared();
    String afterThere = ledger.text("SELECT amount FROM money");

    assertThat(transfer.execute("t1", tx -> run(tx, second, 2)))
        .isEqualTo(done)
        .isEqualTo(new Outcome.Done<>(new Receipt(1)));
    awaitNothingPrepared();
    assertThat(accounts.text("SELECT amount FROM money")).isEqualTo(after);
    assertThat(ledger.text("SELECT amount FROM money")).isEqualTo(afterThere);
  }

  private static Receipt run(TwoPhaseTransaction tx, List<String> sql, int receipt)
      throws SQLException {
    tx.on(ACCOUNTS).update(sql.get(0));
    tx.on(LEDGER).update(sql.get(1));
    return new Receipt(receipt);
  }

  @Test
  @DisplayName("P7: databases said without an order decide in the same order in every process")
  void orderOfDatabases() {
    assertThat(transfer.execute("t1", tx -> move(tx, 30))).isInstanceOf(Outcome.Done.class);

    assertThat(accounts.text("SELECT count(*) FROM concordat.decision")).isEqualTo("1");
    assertThat(ledger.text("SELECT count(*) FROM concordat.decision")).isEqualTo("0");
  }

  @Test
  @DisplayName("P7: work cannot end its branch, nor begin one when it is over")
  void endedByItsWork() {
    for (String end : List.of("COMMIT", " end ", "Rollback", "PREPARE  TRANSACTION 'x'")) {
      assertThat(
              transfer.execute(
                  "t1",
                  tx -> {
                    move(tx, 1);
                    return tx.on("ledger").update(end);
                  }))
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).contains("ended by Concordat"));
    }
    AtomicReference<TwoPhaseTransaction> kept = new AtomicReference<>();
    var unused =
        transfer.execute(
            "t2",
            tx -> {
              kept.set(tx);
              return tx.on("ledger").update("SAVEPOINT a")
                  + tx.on("ledger").update("ROLLBACK TO SAVEPOINT a");
            });

    assertThatThrownBy(() -> kept.get().on("accounts"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is over");
    assertThat(accounts.text("SELECT amount FROM money")).isEqualTo("100");
    assertThat(ledger.text("SELECT amount FROM money")).isEqualTo("100");
  }

  @Test
  @DisplayName("P7: a NOTIFY of a branch that wrote nothing is not heard by itself")
  void notified() throws Exception {
    try (Connection listening = ledger.pool.getConnection()) {
      Fixture.sql(listening, "LISTEN moved");

      Outcome<Integer> outcome =
          transfer.execute(
              "t1",
              tx -> {
                tx.on("ledger").update("NOTIFY moved");
                return tx.on("accounts").update("UPDATE money SET amount = amount - 1");
              });

      assertThat(outcome).isEqualTo(new Outcome.Done<>(1));
      Fixture.sql(listening, "SELECT 1");
      assertThat(listening.unwrap(org.postgresql.PGConnection.class).getNotifications()).isEmpty();
      Fixture.sql(listening, "UNLISTEN *");
    }
  }

  @Test
  @DisplayName("P10: a deadlock across databases is broken, and one of the two commits")
  void deadlock() throws Exception {
    CyclicBarrier both = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Outcome<Integer>> there =
          threads.submit(() -> transfer.execute("there", tx -> cross(tx, both, ACCOUNTS, LEDGER)));
      Future<Outcome<Integer>> back =
          threads.submit(() -> transfer.execute("back", tx -> cross(tx, both, LEDGER, ACCOUNTS)));

      long began = System.nanoTime();
      assertThat(List.of(there.get(), back.get()))
          .hasAtLeastOneElementOfType(Outcome.Done.class)
          .hasAtLeastOneElementOfType(Outcome.Refused.class);
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("before the time-out for locks ends both")
          .isLessThan(Duration.ofSeconds(4));
    }
  }

  private static Integer cross(
      TwoPhaseTransaction tx, CyclicBarrier both, String first, String second) throws Exception {
    tx.on(first).update("UPDATE money SET amount = amount + 1");
    both.await();
    tx.on(second).update("UPDATE money SET amount = amount + 1");
    return 1;
  }

  @Test
  @DisplayName("one database that was written to is committed without being prepared")
  void oneDatabase() {
    assertThat(
            transfer.execute(
                "t1",
                tx -> {
                  tx.on(LEDGER).update("UPDATE money SET amount = 7");
                  return tx.on(ACCOUNTS)
                      .query("SELECT amount FROM money", row -> row.getInt(1))
                      .getFirst();
                }))
        .isEqualTo(new Outcome.Done<>(100));

    assertThat(ledger.text("SELECT amount FROM money")).isEqualTo("7");
    for (Fixture db : List.of(accounts, ledger)) {
      assertThat(db.text("SELECT count(*) FROM concordat.branch")).isEqualTo("0");
    }
    assertThat(ledger.text("SELECT settled FROM concordat.decision")).isEqualTo("t");
  }

  @Test
  @DisplayName("P7: two phases with plain connections, in parallel over three databases")
  void threeDatabases() throws Exception {
    try (Fixture audit = Fixture.open()) {
      audit.sql("CREATE TABLE line (what text)");
      TwoPhase plan =
          TwoPhase.named("three")
              .database(ACCOUNTS, accounts.pool)
              .database(LEDGER, ledger.pool)
              .database("audit", audit.pool)
              .awaitApplied();
      try (TwoPhaseCommit three = concordat.twoPhaseCommit(plan)) {
        assertThat(
                three.execute(
                    "t1",
                    tx -> {
                      move(tx, 5);
                      Fixture.sql(tx.on("audit").connection(), "INSERT INTO line VALUES ('x')");
                      return 1;
                    }))
            .isEqualTo(new Outcome.Done<>(1));

        assertThat(ledger.text("SELECT amount FROM money")).isEqualTo("105");
        assertThat(audit.text("SELECT count(*) FROM line")).isEqualTo("1");
      }
    }
  }

  @Test
  @DisplayName("P11: what was given up never commits, and what committed cannot be given up")
  void givenUp() {
    assertThat(transfer.giveUp("t1", Receipt.class)).isInstanceOf(Outcome.Refused.class);
    assertThat(transfer.execute("t1", tx -> move(tx, 30))).isInstanceOf(Outcome.Refused.class);
    Outcome<Receipt> done = transfer.execute("t2", tx -> move(tx, 30));

    assertThat(transfer.giveUp("t2", Receipt.class)).isEqualTo(done);
    accounts.await("SELECT amount FROM money", "70");
    ledger.await("SELECT amount FROM money", "130");
  }

  @Test
  @DisplayName("P7: a branch that was rolled back by hand against the decision is recorded")
  void heuristic() {
    String prepared = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
    try (Concordat other =
        accounts.concordat().pollingOnly().wrappingBranches(TwoPhaseTest::deaf).start()) {
      TwoPhaseCommit forgetful = other.twoPhaseCommit(plan());
      assertThat(forgetful.execute("t1", tx -> move(tx, 30))).isInstanceOf(Outcome.Done.class);
      ledger.await(prepared, "1");
      ledger.sql(
          "ROLLBACK PREPARED '"
              + ledger.text("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")
              + "'");
    }
    try (TwoPhaseCommit recovering = concordat.twoPhaseCommit(plan())) {
      accounts.await("SELECT count(*) FROM concordat.heuristic", "1");
      assertThat(recovering.heuristics())
          .singleElement()
          .satisfies(found -> {
            assertThat(found.id()).isEqualTo("t1");
            assertThat(found.branch()).startsWith("ledger@");
            assertThat(found.kind()).contains("was to commit and did not");
          });
    }
  }

  private TwoPhase plan() {
    return TwoPhase.named("transfer")
        .database(ACCOUNTS, accounts.pool)
        .database(LEDGER, ledger.pool)
        .grace(Duration.ofMillis(200));
  }

  /** A database whose branches cannot be told anything. */
  private static AtomicDatabase deaf(AtomicDatabase real) {
    Branches.Teller deaf =
        (Branches.Teller)
            Proxy.newProxyInstance(
                TwoPhaseTest.class.getClassLoader(),
                new Class<?>[] {Branches.Teller.class},
                (self, method, arguments) ->
                    method.getName().equals("close") ? null : BranchEnding.AGAIN);
    return (AtomicDatabase)
        Proxy.newProxyInstance(
            TwoPhaseTest.class.getClassLoader(),
            new Class<?>[] {AtomicDatabase.class},
            (self, method, arguments) ->
                method.getName().equals("teller") ? deaf : method.invoke(real, arguments));
  }
}
