package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.saga.Verdict;
import dev.concordat.store.Query;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccBuilder;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccHandle;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccResult;
import dev.concordat.tcc.TccResult.Standing;
import dev.concordat.tcc.TccStatus;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: every feature of try, confirm, cancel does what its declaration says (P1 to P4, P7, P11).
 * Method: small transactions on a real PostgreSQL, with a participant that keeps what it is asked
 * in a table of its own.
 */
class TccTest {

  private final Fixture db = Fixture.open();
  private final Purse purse = new Purse(db, "p");

  @AfterEach
  void close() {
    db.close();
  }

  private static RetryPolicy quick(int attempts) {
    return RetryPolicy.exponential(Duration.ofMillis(2)).attempts(attempts);
  }

  private TccBuilder<Trip> both() {
    return Tcc.named("both", Trip.class)
        .branch("account", purse, trip -> Map.of("amount", trip.amount()))
        .branch("points", purse, trip -> Map.of("points", 1))
        .tryRetry(quick(3))
        .confirmRetry(quick(3));
  }

  private Concordat open(Tcc<?> tcc) {
    return db.concordat().tcc(tcc).start();
  }

  private TccResult<Trip> run(Tcc<Trip> tcc, Trip trip) {
    try (Concordat concordat = open(tcc)) {
      return concordat.run(tcc, trip.name(), trip, PATIENCE);
    }
  }

  @Test
  @DisplayName("P2 P7: what all can hold is confirmed everywhere")
  void whatAllCanHoldIsConfirmedEverywhere() {
    Tcc<Trip> tcc = both().local("fee", new LedgerBranch()).build();

    TccResult<Trip> result = run(tcc, Trip.of("t1"));

    assertThat(result.status()).isEqualTo(TccStatus.CONFIRMED);
    assertThat(result.reason()).isEmpty();
    assertThat(result.state()).isEqualTo(Trip.of("t1"));
    assertThat(result.branch("account").standing()).isEqualTo(Standing.CONFIRMED);
    assertThat(result.branch("account").tried()).contains("{\"now\":\"HELD\"}");
    assertThat(result.branch("account").ended()).contains("{\"now\":\"CONFIRMED\"}");
    assertThat(purse.states(db)).isEqualTo("account CONFIRMED,points CONFIRMED");
    assertThat(db.ledger()).isEqualTo("hold,confirm");
    assertThat(db.text("SELECT status FROM concordat.instance")).isEqualTo("COMPLETED");
    assertThat(result.transaction().version()).isEqualTo(7);
  }

  @Test
  @DisplayName("P2: one that refuses cancels all, itself too")
  void oneThatRefusesCancelsAll() {
    purse.refusing.put("TRY points", TccAnswer.Code.REFUSED);
    Tcc<Trip> tcc = both().local("fee", new LedgerBranch()).inOrder().build();

    TccResult<Trip> result = run(tcc, Trip.of("t1"));

    assertThat(result.status()).isEqualTo(TccStatus.CANCELLED);
    assertThat(result.reason()).contains("'points': it says no");
    assertThat(purse.asked())
        .containsExactly("TRY account", "TRY points", "CANCEL points", "CANCEL account");
    assertThat(purse.states(db)).isEqualTo("account CANCELLED,points CANCELLED");
    assertThat(result.branch("fee").standing()).isEqualTo(Standing.NOT_TRIED);
    assertThat(db.ledger()).isEmpty();
    assertThat(db.text("SELECT status FROM concordat.instance")).isEqualTo("COMPENSATED");
  }

  @Test
  void aLocalBranchThatRefusesHoldsNothingAndCancelsTheOthers() {
    Tcc<Trip> tcc = both().local("fee", new LedgerBranch()).build();

    TccResult<Trip> result = run(tcc, Trip.of("t1").withAmount(60));

    assertThat(result.status()).isEqualTo(TccStatus.CANCELLED);
    assertThat(result.reason()).contains("'fee': too much");
    assertThat(db.ledger()).isEmpty();
    assertThat(purse.states(db)).doesNotContain("HELD");
  }

  @Test
  void aLocalBranchIsCancelledInOrder() {
    purse.refusing.put("TRY account", TccAnswer.Code.REFUSED);
    Tcc<Trip> tcc =
        Tcc.named("fee first", Trip.class)
            .local("fee", new LedgerBranch())
            .branch("account", purse, Trip::amount)
            .inOrder()
            .build();

    assertThat(run(tcc, Trip.of("t1")).isCancelled()).isTrue();
    assertThat(db.ledger()).isEqualTo("hold,cancel");
  }

  @Test
  @DisplayName("P4: a try whose answer is lost is tried again as the same try")
  void aTryWhoseAnswerIsLostIsTriedAgainAsTheSameTry() {
    AtomicInteger lost = new AtomicInteger();
    purse.after =
        call -> {
          if (call.operation() == TccOperation.TRY && lost.incrementAndGet() <= 2) {
            throw new IOException("the line is cut");
          }
        };

    TccResult<Trip> result = run(both().build(), Trip.of("t1"));

    assertThat(result.status()).isEqualTo(TccStatus.CONFIRMED);
    assertThat(purse.states(db)).isEqualTo("account CONFIRMED,points CONFIRMED");
    assertThat(purse.calls.stream().map(call -> call.branch().transaction()).distinct())
        .containsExactly(result.transaction());
    assertThat(purse.calls.stream().mapToInt(TccCall::attempt).max().orElse(0)).isGreaterThan(1);
  }

  @Test
  @DisplayName("P2: one that may have been tried is cancelled when its attempts are used up")
  void oneThatMayHaveBeenTriedIsCancelled() {
    purse.after =
        call -> {
          if (call.operation() == TccOperation.TRY && call.branch().branch().equals("points")) {
            throw new IOException("the line is cut");
          }
        };

    TccResult<Trip> result = run(both().build(), Trip.of("t1"));

    assertThat(result.status()).isEqualTo(TccStatus.CANCELLED);
    assertThat(result.reason()).hasValueSatisfying(r -> assertThat(r).contains("line is cut"));
    assertThat(purse.states(db)).isEqualTo("account CANCELLED,points CANCELLED");
  }

  @Test
  @DisplayName("P2: what is not tried by the deadline is cancelled, and a late try is refused")
  void whatIsNotTriedByTheDeadlineIsCancelled() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch late = new CountDownLatch(1);
    purse.before =
        call -> {
          if (call.operation() == TccOperation.TRY && call.branch().branch().equals("points")) {
            awaitUninterruptibly(cancelled);
          }
        };
    purse.after =
        call -> {
          if (call.operation() == TccOperation.TRY && call.branch().branch().equals("points")) {
            late.countDown();
          }
        };
    Tcc<Trip> tcc = both().deadline(Duration.ofMillis(300)).build();
    try (Concordat concordat = open(tcc)) {
      TccResult<Trip> result = concordat.run(tcc, "t1", Trip.of("t1"), PATIENCE);
      cancelled.countDown();

      assertThat(result.status()).isEqualTo(TccStatus.CANCELLED);
      assertThat(result.reason()).hasValueSatisfying(r -> assertThat(r).contains("deadline"));
      assertThat(late.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)).isTrue();
      assertThat(purse.states(db)).isEqualTo("account CANCELLED,points CANCELLED");
    } finally {
      cancelled.countDown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        // As code that does not heed interruptions would.
      }
    }
  }

  @Test
  @DisplayName("P7: cancel is heeded before the decision, and refused after it")
  void cancelIsHeededBeforeTheDecisionAndRefusedAfterIt() {
    CountDownLatch trying = new CountDownLatch(1);
    CountDownLatch confirming = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    purse.before =
        call -> {
          if (call.operation() == TccOperation.TRY && call.body().contains("11")) {
            trying.countDown();
            told.await();
          }
          if (call.operation() == TccOperation.CONFIRM) {
            confirming.countDown();
            asked.await();
          }
        };
    Tcc<Trip> tcc = both().build();
    try (Concordat concordat = open(tcc)) {
      TccHandle<Trip> early = concordat.start(tcc, "early", Trip.of("early").withAmount(11));
      await(trying);
      assertThat(concordat.operator().cancel("early", "ops", "a mistake").outcome())
          .isEqualTo(Verdict.Kind.DONE);
      told.countDown();
      assertThat(early.await(PATIENCE).reason()).contains("cancelled by ops: a mistake");

      TccHandle<Trip> late = concordat.start(tcc, "late", Trip.of("late"));
      await(confirming);
      Verdict no = concordat.operator().cancel("late", "ops", "a mistake");
      assertThat(no.outcome()).isEqualTo(Verdict.Kind.REFUSED);
      assertThat(no.text()).contains("never changed");
      asked.countDown();
      assertThat(late.await(PATIENCE).isConfirmed()).isTrue();
    } finally {
      told.countDown();
      asked.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @DisplayName("P7 P11: a hold that expired before its confirm is said, and settled by a person")
  void aHoldThatExpiredBeforeItsConfirmIsSaid() {
    purse.refusing.put("CONFIRM account", TccAnswer.Code.EXPIRED);
    Tcc<Trip> tcc = both().build();
    try (Concordat concordat = open(tcc)) {
      TccResult<Trip> result = concordat.run(tcc, "t1", Trip.of("t1"), PATIENCE);

      assertThat(result.needsAttention()).isTrue();
      assertThat(result.status()).isEqualTo(TccStatus.CONFIRMING);
      assertThat(result.reason())
          .hasValueSatisfying(
              r -> assertThat(r).contains("'account'", "EXPIRED", "given back", "say skip"));
      db.await("SELECT state FROM purse_p WHERE id LIKE '%points'", "CONFIRMED");
      assertThat(db.text("SELECT status FROM concordat.instance")).isEqualTo("NEEDS_ATTENTION");
      assertThat(concordat.tccStory("t1").orElseThrow().next()).contains("skip");

      assertThat(concordat.operator().forward("t1", "ops", "go").text()).contains("never changed");
      assertThat(concordat.operator().supply("t1", "ops", "so", "{}").text()).contains("by hand");
      assertThat(concordat.operator().skip("t1", "ops", "booked 10 by hand").outcome())
          .isEqualTo(Verdict.Kind.DONE);
      TccResult<Trip> end = concordat.find(tcc, "t1").await(PATIENCE);
      assertThat(end.isConfirmed()).isTrue();
      assertThat(end.branch("account").standing()).isEqualTo(Standing.SETTLED);
    }
  }

  @Test
  void aConfirmThatIsNotAnsweredForLongWaitsForAPersonAndGoesOn() {
    purse.before =
        call -> {
          if (call.operation() == TccOperation.CONFIRM) {
            throw new IOException("down");
          }
        };
    Tcc<Trip> tcc = both().build();
    try (Concordat concordat = open(tcc)) {
      TccResult<Trip> result = concordat.run(tcc, "t1", Trip.of("t1"), PATIENCE);
      assertThat(result.needsAttention()).isTrue();
      db.await("SELECT count(*) FROM concordat.instance WHERE owner IS NULL", "1");
      assertThat(result.reason()).hasValueSatisfying(r -> assertThat(r).contains("down"));

      purse.before = call -> {};
      assertThat(concordat.operator().retry("t1", "ops", "it is up").outcome())
          .isEqualTo(Verdict.Kind.DONE);
      assertThat(concordat.find(tcc, "t1").await(PATIENCE).isConfirmed()).isTrue();
      assertThat(purse.states(db)).isEqualTo("account CONFIRMED,points CONFIRMED");
    }
  }

  @Test
  @DisplayName("P7: a branch that somebody else confirmed cannot be cancelled, and that is said")
  void aBranchThatSomebodyElseConfirmed() {
    purse.refusing.put("TRY points", TccAnswer.Code.REFUSED);
    purse.refusing.put("CANCEL account", TccAnswer.Code.CONFIRMED);

    TccResult<Trip> result = run(both().build(), Trip.of("t1"));

    assertThat(result.needsAttention()).isTrue();
    assertThat(result.status()).isEqualTo(TccStatus.CANCELLING);
    assertThat(result.reason())
        .hasValueSatisfying(r -> assertThat(r).contains("somebody other", "share is done"));
  }

  @Test
  @DisplayName("P1: started in the caller's transaction, it is as that is")
  void startedInTheCallersTransaction() throws Exception {
    Tcc<Trip> tcc = both().build();
    try (Concordat concordat = open(tcc);
        Connection tx = db.pool.getConnection()) {
      tx.setAutoCommit(false);
      TccHandle<Trip> never = concordat.start(tx, tcc, "t1", Trip.of("t1"));
      assertThatThrownBy(never::now).isInstanceOf(OutcomeUnknownException.class);
      tx.rollback();
      concordat.start(tx, tcc, "t2", Trip.of("t2"));
      tx.commit();
      concordat.wake();

      assertThat(concordat.find(tcc, "t2").await(PATIENCE).isConfirmed()).isTrue();
      assertThat(concordat.tccStory("t1")).isEmpty();
      assertThatThrownBy(() -> concordat.find(tcc, "t1")).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  @DisplayName("P4: the same id and input gives the first, another input is refused")
  void theSameIdAndInputGivesTheFirst() {
    Tcc<Trip> tcc = both().build();
    try (Concordat concordat = open(tcc)) {
      TccResult<Trip> first = concordat.run(tcc, "t1", Trip.of("t1"), PATIENCE);
      TccResult<Trip> again = concordat.run(tcc, "t1", Trip.of("t1"), PATIENCE);

      assertThat(again.transaction()).isEqualTo(first.transaction());
      assertThat(purse.calls).hasSize(4);
      assertThatThrownBy(() -> concordat.start(tcc, "t1", Trip.of("t1").withAmount(3)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("another input");
    }
  }

  @Test
  @DisplayName("three commits: the start with all tries, their answers with the decision, the end")
  void threeCommitsConfirmBranchesAtParticipants() {
    assertThat(run(both().build(), Trip.of("t1")).isConfirmed()).isTrue();

    assertThat(db.text("SELECT count(*) FROM concordat.journal")).isEqualTo("3");
  }

  @Test
  void inOrderEachWaitsForTheOneBefore() {
    assertThat(run(both().inOrder().build(), Trip.of("t1")).isConfirmed()).isTrue();

    assertThat(purse.asked())
        .containsExactly("TRY account", "TRY points", "CONFIRM account", "CONFIRM points");
  }

  @Test
  void aCallSaysWhatItIsAboutAndHowLongToHold() {
    TccResult<Trip> result = run(both().inOrder().build(), Trip.of("t1"));
    TccCall call = purse.calls.peek();

    assertThat(call.body()).isEqualTo("{\"amount\":10}");
    assertThat(call.branch()).isEqualTo(new TccBranchId(result.transaction(), "account"));
    assertThat(Duration.between(call.branch().began(), call.holdUntil()))
        .isGreaterThan(Duration.ofSeconds(90));
    assertThat(call.timeLeft()).isPositive();
    assertThat(call.traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    assertThat(purse.calls.stream().map(TccCall::body).distinct()).hasSize(2);
    assertThat(purse.calls.stream().map(TccCall::holdUntil).distinct()).hasSize(1);
  }

  @Test
  void pausedItAsksNobodyNew() {
    CountDownLatch trying = new CountDownLatch(1);
    CountDownLatch paused = new CountDownLatch(1);
    purse.before =
        call -> {
          trying.countDown();
          paused.await();
        };
    Tcc<Trip> tcc = both().inOrder().build();
    try (Concordat concordat = open(tcc)) {
      TccHandle<Trip> handle = concordat.start(tcc, "t1", Trip.of("t1"));
      await(trying);
      concordat.operator().pause("t1", "ops", "let us see");
      paused.countDown();
      db.await("SELECT count(*) FROM concordat.instance WHERE owner IS NULL", "1");
      assertThat(purse.asked()).containsExactly("TRY account");
      assertThat(concordat.tccStory("t1").orElseThrow().why()).contains("paused");

      concordat.operator().resume("t1", "ops", null);
      assertThat(handle.await(PATIENCE).isConfirmed()).isTrue();
    } finally {
      paused.countDown();
    }
  }

  @Test
  @DisplayName("P10: what a worker leaves behind, another one ends")
  void whatAWorkerLeavesBehindAnotherOneEnds() {
    CountDownLatch asked = new CountDownLatch(1);
    AtomicInteger confirms = new AtomicInteger();
    purse.after =
        call -> {
          if (call.operation() == TccOperation.CONFIRM && confirms.incrementAndGet() == 1) {
            asked.countDown();
            new CountDownLatch(1).await();
          }
        };
    Tcc<Trip> tcc = both().local("fee", new LedgerBranch()).build();
    Concordat first = db.concordat().tcc(tcc).grace(Duration.ofMillis(50)).start();
    first.start(tcc, "t1", Trip.of("t1"));
    await(asked);
    first.close();
    try (Concordat second = open(tcc)) {
      assertThat(second.find(tcc, "t1").await(PATIENCE).isConfirmed()).isTrue();
    }
    assertThat(purse.states(db)).isEqualTo("account CONFIRMED,points CONFIRMED");
    assertThat(db.ledger()).isEqualTo("hold,confirm");
  }

  @Test
  void itsStoryIsToldForPeople() {
    purse.refusing.put("TRY points", TccAnswer.Code.REFUSED);
    Tcc<Trip> tcc = both().attribute("who", Trip::name).build();
    try (Concordat concordat = open(tcc)) {
      concordat.run(tcc, "t1", Trip.of("ada"), PATIENCE);
      var story = concordat.tccStory("t1").orElseThrow();

      assertThat(story.status()).isEqualTo(TccStatus.CANCELLED);
      assertThat(story.why()).contains("'points': it says no", "nothing is held");
      assertThat(story.next()).contains("the end");
      assertThat(story.moments().getFirst().type()).isEqualTo("Accepted");
      assertThat(story.moments())
          .anySatisfy(moment -> assertThat(moment.text()).startsWith("decided: all are cancelled"));
      assertThat(concordat.operator().list(Query.newest(9)))
          .singleElement()
          .satisfies(row -> assertThat(row.attributes()).containsEntry("who", "ada"));
      assertThat(concordat.operator().find("t1").orElseThrow().status())
          .isEqualTo(Status.COMPENSATED);
    }
  }

  @Test
  void whatCannotBeToldIsRefusedAtTheStart() {
    Tcc<Trip> tcc =
        Tcc.named("no body", Trip.class)
            .branch(
                "account",
                purse,
                trip -> {
                  throw new IllegalStateException("no idea");
                })
            .build();
    try (Concordat concordat = open(tcc)) {
      assertThatThrownBy(() -> concordat.start(tcc, "t1", Trip.of("t1")))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("no idea")
          .hasMessageContaining("'account'");
    }
    assertThat(db.text("SELECT count(*) FROM concordat.instance")).isEqualTo("0");
    assertThat(List.copyOf(purse.calls)).isEmpty();
  }
}
