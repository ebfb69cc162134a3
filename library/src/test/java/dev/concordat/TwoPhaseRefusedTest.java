package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches.Limits;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: Refused is never said while another attempt of the id may commit, nor after one has (P11).
 * Method: attempts that change the same row, of which the first is held up while it works, is
 * prepared or has committed out of sight, in one process and in two.
 */
class TwoPhaseRefusedTest {

  private static final Limits SHORT =
      new Limits(Duration.ofMillis(300), Duration.ofSeconds(40), Duration.ofSeconds(40));

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Fixture audit = Fixture.open();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch goes = new CountDownLatch(1);

  @BeforeEach
  void money() {
    for (Fixture db : new Fixture[] {accounts, ledger, audit}) {
      db.sql("CREATE TABLE money (amount int NOT NULL)");
      db.sql("INSERT INTO money VALUES (100)");
    }
  }

  @AfterEach
  void close() {
    goes.countDown();
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
        .grace(Duration.ofSeconds(60))
        .limits(SHORT);
  }

  private static int move(TwoPhaseTransaction tx, int amount) throws SQLException {
    tx.on("accounts").update("UPDATE money SET amount = amount - ?", amount);
    tx.on("ledger").update("UPDATE money SET amount = amount + ?", amount);
    return amount;
  }

  private static int refuse(TwoPhaseTransaction tx) throws SQLException {
    tx.on("ledger").query("SELECT amount FROM money", row -> row.getInt(1));
    throw new RefusedException("too little");
  }

  private void hold() {
    held.countDown();
    await(goes);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertOpen(Outcome<Integer> outcome, String reason) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Unknown.class,
            unknown ->
                assertThat(unknown.detail())
                    .contains("nothing was done this time", reason, "has not ended yet"));
  }

  private void assertMoved(int amount) {
    accounts.await("SELECT amount FROM money", String.valueOf(100 - amount));
    ledger.await("SELECT amount FROM money", String.valueOf(100 + amount));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("P11: who meets a prepared attempt of its id at a row of the work is not refused")
  void preparedElsewhere(boolean sameProcess) throws Exception {
    Hook hook = Hook.before("Deciding.decide", this::hold);
    try (Concordat one = start(hook::around);
        Concordat two = start(TwoPhaseRefusedTest::plain)) {
      TwoPhaseCommit first = one.twoPhaseCommit(plan());
      TwoPhaseCommit second = sameProcess ? first : two.twoPhaseCommit(plan());
      Future<Outcome<Integer>> answer =
          threads.submit(() -> first.execute("t1", tx -> move(tx, 30)));
      await(held);

      assertOpen(second.execute("t1", tx -> move(tx, 30)), "lock");
      assertOpen(second.execute("t1", TwoPhaseRefusedTest::refuse), "too little");
      assertThat(second.execute("t2", TwoPhaseRefusedTest::refuse))
          .isEqualTo(new Outcome.Refused<>("too little"));
      goes.countDown();

      assertThat(answer.get()).isEqualTo(new Outcome.Done<>(30));
      assertThat(second.execute("t1", tx -> move(tx, 30))).isEqualTo(answer.get());
      assertMoved(30);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("P11: nor who meets one that still works, unless that one ends without a commit")
  void working(boolean sameProcess) throws Exception {
    try (Concordat one = start(TwoPhaseRefusedTest::plain);
        Concordat two = start(TwoPhaseRefusedTest::plain)) {
      TwoPhaseCommit first = one.twoPhaseCommit(plan());
      TwoPhaseCommit second = sameProcess ? first : two.twoPhaseCommit(plan());
      Future<Outcome<Integer>> answer =
          threads.submit(() ->
              first.execute(
                  "t1",
                  tx -> {
                    tx.on("accounts").update("UPDATE money SET amount = amount - 30");
                    hold();
                    throw new RefusedException("not today");
                  }));
      await(held);

      assertOpen(second.execute("t1", tx -> move(tx, 30)), "lock");
      assertOpen(second.execute("t1", TwoPhaseRefusedTest::refuse), "too little");
      goes.countDown();

      assertThat(answer.get()).isEqualTo(new Outcome.Refused<>("not today"));
      assertThat(second.execute("t1", TwoPhaseRefusedTest::refuse))
          .isEqualTo(new Outcome.Refused<>("too little"));
      assertThat(second.execute("t1", tx -> move(tx, 30))).isEqualTo(new Outcome.Done<>(30));
      assertMoved(30);
    }
  }

  @Test
  @DisplayName("P11: a saga's step that is refused is given up, whoever else is at it")
  void givenUp() throws Exception {
    Hook hook = Hook.before("Deciding.decide", this::hold);
    try (Concordat concordat = start(hook::around)) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan());
      Future<Outcome<Integer>> answer =
          threads.submit(() -> transfer.execute("t1", tx -> move(tx, 30)));
      await(held);

      assertThatThrownBy(
              () -> transfer.executeStep("t1", Integer.class, TwoPhaseRefusedTest::refuse))
          .isInstanceOf(RefusedException.class)
          .hasMessage("too little");
      goes.countDown();

      assertThat(answer.get()).isInstanceOf(Outcome.Refused.class);
      assertMoved(0);
    }
  }

  @Test
  @DisplayName("P11: a saga's step whose work is refused because it was done gives its receipt")
  void doneBefore() {
    try (Concordat concordat = start(TwoPhaseRefusedTest::plain)) {
      TwoPhaseCommit transfer = concordat.twoPhaseCommit(plan());
      assertThat(transfer.executeStep("t1", Integer.class, tx -> move(tx, 30))).isEqualTo(30);

      assertThat(transfer.executeStep("t1", Integer.class, TwoPhaseRefusedTest::refuse))
          .isEqualTo(30);
      assertMoved(30);
    }
  }

  @Test
  @DisplayName("P11: an id that has committed out of sight is not advised to be done under another")
  void committedElsewhere() {
    try (Concordat concordat = start(TwoPhaseRefusedTest::plain);
        Concordat stranger = audit.concordat().pollingOnly().start()) {
      assertThat(concordat.twoPhaseCommit(plan()).execute("t1", tx -> move(tx, 30)))
          .isEqualTo(new Outcome.Done<>(30));
      assertMoved(30);
      TwoPhaseCommit other =
          stranger.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("audit", audit.pool)
                  .database("ledger", ledger.pool));

      assertCommitted(
          other.execute("t1", tx -> tx.on("ledger").update("UPDATE money SET amount = amount")));
      assertCommitted(other.execute("t1", TwoPhaseRefusedTest::refuse));
      assertThat(other.execute("t2", TwoPhaseRefusedTest::refuse))
          .isEqualTo(new Outcome.Refused<>("too little"));
    }
  }

  private static void assertCommitted(Outcome<Integer> outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Unknown.class,
            unknown ->
                assertThat(unknown.detail())
                    .contains("'t1' has committed", "Do not do this work under another id")
                    .doesNotContain("or use another id"));
  }
}
