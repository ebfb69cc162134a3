package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static dev.concordat.Fixture.note;
import static dev.concordat.Fixture.noting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.SagaListener;
import dev.concordat.saga.SagaResult;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Goal: whatever dies or hangs, nothing is lost and nothing hangs for ever (P1, P2, P10). Method: a
 * real PostgreSQL that is killed and restarted, pools that run dry, steps that never return.
 */
class FaultsTest {

  private static RetryPolicy quick(int attempts) {
    return RetryPolicy.exponential(Duration.ofMillis(2)).attempts(attempts);
  }

  @Test
  void aDatabaseThatIsDownAtTheStartIsSaidInOneSentence() {
    try (LocalPostgres postgres = LocalPostgres.start();
        Fixture db = Fixture.on(postgres)) {
      Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
      postgres.kill();

      assertThatThrownBy(() -> db.concordat(saga).start())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("nothing was");
    }
  }

  @Test
  void aDatabaseThatDiesInTheMiddleDelaysSagasAndLosesNone() {
    try (LocalPostgres postgres = LocalPostgres.start();
        Fixture db = Fixture.on(postgres)) {
      CountDownLatch running = new CountDownLatch(20);
      CountDownLatch down = new CountDownLatch(1);
      Saga<Trip> saga =
          noting(Saga.named("s", Trip.class), "a")
              .step(
                  "call",
                  (trip, call) -> {
                    running.countDown();
                    down.await();
                    return trip.withHold(call.key());
                  })
              .compensate((trip, call) -> {})
              .localPivot(
                  "p",
                  (tx, trip) -> {
                    note(tx, "p");
                    return trip;
                  })
              .build();
      try (Concordat concordat = db.concordat(saga).patience(Duration.ofMillis(300)).start()) {
        List<SagaHandle<Trip>> handles = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          handles.add(concordat.start(saga, "t" + i, Trip.of("t")));
        }
        awaitLatch(running);
        postgres.kill();
        down.countDown();
        Throwable late = catchThrowable(() -> concordat.start(saga, "late", Trip.of("t")));
        assertThat(late).isInstanceOf(ConcordatException.class);
        postgres.restart();
        if (late instanceof RefusedException) {
          assertThat(db.text("SELECT count(*) FROM concordat.instance WHERE id = 'late'"))
              .as("what was refused did not happen (P11)")
              .isEqualTo("0");
        }

        for (SagaHandle<Trip> handle : handles) {
          assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        }
        assertThat(db.text("SELECT count(*) FROM ledger WHERE what = 'p'")).isEqualTo("20");
      }
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aPoolThatUserCodeRunsDryDelaysSagasAndLosesNone() throws Exception {
    try (Fixture db = Fixture.withConnections(4)) {
      Saga<Trip> saga = noting(noting(Saga.named("s", Trip.class), "a"), "b").build();
      try (Concordat concordat = db.concordat(saga).start()) {
        List<SagaHandle<Trip>> handles = new ArrayList<>();
        try (Connection one = db.pool.getConnection();
            Connection two = db.pool.getConnection()) {
          for (int i = 0; i < 30; i++) {
            handles.add(concordat.start(saga, "t" + i, Trip.of("t")));
          }
          assertThat(one.isValid(1) && two.isValid(1)).isTrue();
        }
        for (SagaHandle<Trip> handle : handles) {
          assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        }
      }
    }
  }

  @Test
  void callsThatNeverReturnDoNotKeepTheirParticipantForOthers() {
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .step(
                  "call",
                  (trip, call) -> {
                    if (calls.incrementAndGet() == 1) {
                      awaitUninterruptibly(end);
                    }
                    return trip;
                  })
              .noCompensation("it is asked, not done")
              .participant("p")
              .timeout(Duration.ofMillis(200))
              .retry(quick(5))
              .build();
      try (Concordat concordat =
          db.concordat(saga).concurrency("p", 1).grace(Duration.ofMillis(100)).start()) {
        List<SagaHandle<Trip>> handles = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          handles.add(concordat.start(saga, "t" + i, Trip.of("t")));
        }
        for (SagaHandle<Trip> handle : handles) {
          assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        }
      } finally {
        end.countDown();
      }
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
  void runningAnIdThatAnOpenTransactionStartsIsRefusedInTime() throws Exception {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
      try (Concordat concordat = db.concordat(saga).start();
          Connection open = db.pool.getConnection()) {
        open.setAutoCommit(false);
        concordat.start(open, saga, "x", Trip.of("t"));
        assertThatThrownBy(() -> concordat.find(saga, "x").signal("any", "thing"))
            .isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> concordat.run(saga, "x", Trip.of("t"), PATIENCE))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("has not ended");
        open.rollback();
        assertThat(concordat.run(saga, "x", Trip.of("t"), PATIENCE).status())
            .isEqualTo(Status.COMPLETED);
        assertThat(db.ledger()).isEqualTo("a");
      }
    }
  }

  @Test
  void runningAnInstanceAgainBehindAConditionGivesTheFirst() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .step("call", (trip, call) -> trip.withHold("h"))
              .noCompensation("it is asked, not done")
              .when(trip -> trip.amount() == 10)
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        concordat.run(saga, "x", Trip.of("t"), PATIENCE);

        assertThat(concordat.run(saga, "x", Trip.of("t"), PATIENCE).state().hold()).isEqualTo("h");
        assertThatThrownBy(() -> concordat.run(saga, "x", Trip.of("other"), PATIENCE))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("another input");
      }
    }
  }

  @Test
  void anErrorOfAnyKindInUserCodeWaitsForAPersonAndGoesOnAfterRetry() {
    AtomicInteger calls = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .step(
                  "call",
                  (trip, call) -> {
                    if (calls.incrementAndGet() == 1) {
                      throw new OutOfMemoryError("a large file");
                    }
                    return trip;
                  })
              .noCompensation("it is asked, not done")
              .build();
      SagaListener throwing =
          new SagaListener() {
            @Override
            public void recorded(Moment of, List<SagaEvent> events) {
              throw new Error("a listener of the worst kind");
            }
          };
      try (Concordat concordat = db.concordat(saga).listener(throwing).start()) {
        SagaHandle<Trip> handle = concordat.start(saga, "x", Trip.of("t"));

        SagaResult<Trip> result = handle.await(PATIENCE);
        assertThat(result.status()).isEqualTo(Status.NEEDS_ATTENTION);
        assertThat(result.reason()).hasValueSatisfying(r -> assertThat(r).contains("large file"));

        concordat.operator().retry("x", "me", "freed some");
        assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
  }

  @Test
  void aForeignInstanceIsNotTakenForAChild() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> child = noting(Saga.named("child", Trip.class), "c").build();
      Saga<Trip> parent =
          Saga.named("parent", Trip.class)
              .child("c", child, trip -> trip, (trip, result) -> result.withNote("by the child"))
              .noCompensation("it is a note")
              .build();
      try (Concordat concordat = db.concordat(parent, child).start()) {
        concordat.run(child, "p/c", Trip.of("somebody else's"), PATIENCE);

        SagaResult<Trip> result = concordat.run(parent, "p", Trip.of("t"), PATIENCE);

        assertThat(result.status()).isEqualTo(Status.NEEDS_ATTENTION);
        assertThat(result.reason()).hasValueSatisfying(r -> assertThat(r).contains("is taken by"));
      }
    }
  }

  @Test
  void anOpenTransactionThatStartsAnInstanceHoldsUpNoOther() throws Exception {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
      try (Concordat concordat = db.concordat(saga).patience(Duration.ofSeconds(1)).start();
          Connection open = db.pool.getConnection()) {
        open.setAutoCommit(false);
        concordat.start(open, saga, "x", Trip.of("t"));
        List<SagaHandle<Trip>> others = new ArrayList<>();
        CompletableFuture<SagaHandle<Trip>> same =
            CompletableFuture.supplyAsync(() -> concordat.start(saga, "x", Trip.of("t")));
        for (int i = 0; i < 200; i++) {
          others.add(concordat.start(saga, "y" + i, Trip.of("t")));
        }
        for (SagaHandle<Trip> other : others) {
          assertThat(other.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        }
        assertThatThrownBy(same::join)
            .hasCauseInstanceOf(RefusedException.class)
            .hasMessageContaining("has not ended");
        open.commit();
        SagaHandle<Trip> x = concordat.start(saga, "x", Trip.of("t"));
        assertThat(x.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
  }

  @Test
  void aStepThatNeverReturnsIsGivenUpEvenIfItIgnoresInterruption() {
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger interrupted = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          noting(Saga.named("s", Trip.class), "a")
              .step(
                  "stuck",
                  (trip, call) -> {
                    while (end.getCount() > 0) {
                      try {
                        end.await();
                      } catch (InterruptedException ignored) {
                        interrupted.incrementAndGet();
                      }
                    }
                    return trip;
                  })
              .compensate((trip, call) -> {})
              .timeout(Duration.ofMillis(100))
              .retry(quick(2))
              .build();
      try (Concordat concordat = db.concordat(saga).grace(Duration.ofMillis(100)).start()) {
        SagaResult<Trip> result = concordat.start(saga, "t1", Trip.of("t")).await(PATIENCE);

        assertThat(result.status()).isEqualTo(Status.COMPENSATED);
        assertThat(result.reason().orElse("")).contains("no answer within");
        assertThat(db.ledger()).isEqualTo("a,-a");
        assertThat(interrupted.get()).isEqualTo(2);
      } finally {
        end.countDown();
      }
    }
  }

  @Test
  void aLocalStepThatNeverReturnsIsBrokenOff() {
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger attempts = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .local(
                  "a",
                  (tx, trip) -> {
                    note(tx, "a" + attempts.incrementAndGet());
                    if (attempts.get() == 1) {
                      end.await();
                    }
                    return trip;
                  })
              .noCompensation("it is a note")
              .timeout(Duration.ofMillis(300))
              .retry(quick(3))
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        assertThat(concordat.start(saga, "t1", Trip.of("t")).await(PATIENCE).status())
            .isEqualTo(Status.COMPLETED);
        assertThat(db.ledger()).isEqualTo("a2");
      } finally {
        end.countDown();
      }
    }
  }

  @Test
  void aShutdownHandsOverWhatIsUnderWay() {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          noting(Saga.named("s", Trip.class), "a")
              .step(
                  "slow",
                  (trip, call) -> {
                    if (calls.incrementAndGet() == 1) {
                      begun.countDown();
                      new CountDownLatch(1).await();
                    }
                    return trip.withHold(call.key());
                  })
              .compensate((trip, call) -> {})
              .build();
      Concordat first = db.concordat(saga).grace(Duration.ofMillis(50)).start();
      first.start(saga, "t1", Trip.of("t"));
      awaitLatch(begun);
      first.close();
      try (Concordat second = db.concordat(saga).start()) {
        assertThat(second.find(saga, "t1").await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        assertThat(calls.get()).isEqualTo(2);
      }
      assertThatThrownBy(() -> first.start(saga, "t2", Trip.of("t")))
          .isInstanceOf(ConcordatException.class);
    }
  }

  @Test
  void twoApplicationsInOneDatabaseDoNotSeeEachOther() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> here = noting(Saga.named("s", Trip.class), "here").build();
      Saga<Trip> there = noting(Saga.named("s", Trip.class), "there").build();
      try (Concordat one = db.concordat(here).schema("one").start();
          Concordat two = db.concordat(there).schema("two").start()) {
        one.run(here, "t1", Trip.of("t"), PATIENCE);
        assertThatThrownBy(() -> two.find(there, "t1")).isInstanceOf(RefusedException.class);
        two.run(there, "t1", Trip.of("t"), PATIENCE);
        assertThat(db.ledger()).isEqualTo("here,there");
      }
    }
  }

  @Test
  void moreInstancesThanMayRunAtOnceWaitInTheDatabase() {
    try (Fixture db = Fixture.open()) {
      AtomicInteger now = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .step(
                  "a",
                  (trip, call) -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    now.decrementAndGet();
                    return trip;
                  })
              .noCompensation("nothing")
              .build();
      try (Concordat concordat = db.concordat(saga).maxRunning(5).start()) {
        List<SagaHandle<Trip>> handles = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          handles.add(concordat.start(saga, "t" + i, Trip.of("t")));
        }
        for (SagaHandle<Trip> handle : handles) {
          assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        }
        assertThat(most.get()).isBetween(1, 5);
      }
    }
  }
}
