package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static dev.concordat.Fixture.note;
import static dev.concordat.Fixture.noting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.FailureKind;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.SagaResult;
import dev.concordat.saga.StepFailure;
import dev.concordat.saga.Story;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: every feature of a saga does what its declaration says (P1 to P5). Method: small sagas on a
 * real PostgreSQL that note what they do in a ledger, in the order in which they do it.
 */
class SagaFeaturesTest {

  private final Fixture db = Fixture.open();

  @AfterEach
  void close() {
    db.close();
  }

  private static RetryPolicy quick(int attempts) {
    return RetryPolicy.exponential(Duration.ofMillis(2)).attempts(attempts);
  }

  private SagaResult<Trip> run(Saga<Trip> saga, Trip trip) {
    try (Concordat concordat = db.concordat(saga).start()) {
      return concordat.run(saga, trip.name(), trip, PATIENCE);
    }
  }

  @Test
  void completesStepsInOrderAndHandsOnTheState() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class), "a")
            .step("b", (trip, call) -> trip.withHold(call.key()))
            .compensate((trip, call) -> {})
            .localPivot(
                "c",
                (tx, trip) -> {
                  note(tx, "c:" + (trip.hold().isEmpty() ? "lost" : "kept"));
                  return trip;
                })
            .localRetriable(
                "d",
                (tx, trip) -> {
                  note(tx, "d");
                  return trip.withNote("end");
                })
            .build();

    SagaResult<Trip> result = run(saga, Trip.of("t1"));

    assertThat(result.status()).isEqualTo(Status.COMPLETED);
    assertThat(result.state().note()).isEqualTo("end");
    assertThat(db.ledger()).isEqualTo("a,c:kept,d");
  }

  @Test
  void compensatesInReverseOrderOfCompletionWhenAStepIsRefused() {
    Saga<Trip> saga =
        noting(noting(noting(Saga.named("s", Trip.class), "a"), "b"), "c")
            .localPivot(
                "p",
                (tx, trip) -> {
                  note(tx, "rolled back");
                  throw new RefusedException("no");
                })
            .build();

    SagaResult<Trip> result = run(saga, Trip.of("t1"));

    assertThat(result.status()).isEqualTo(Status.COMPENSATED);
    assertThat(result.reason()).contains("no");
    assertThat(db.ledger()).isEqualTo("a,b,c,-c,-b,-a");
  }

  @Test
  void fusedLocalStepsShareOneCommitAndAreUndoneTogether() {
    Saga<Trip> saga =
        noting(noting(Saga.named("s", Trip.class).fuseLocalSteps(), "a"), "b")
            .localPivot(
                "c",
                (tx, trip) -> {
                  if (trip.amount() > 50) {
                    throw new RefusedException("no");
                  }
                  note(tx, "c");
                  return trip;
                })
            .build();

    assertThat(run(saga, Trip.of("t1")).status()).isEqualTo(Status.COMPLETED);
    assertThat(run(saga, Trip.of("t2").withAmount(60)).status()).isEqualTo(Status.COMPENSATED);

    assertThat(db.ledger()).isEqualTo("a,b,c");
    assertThat(db.text("SELECT count(DISTINCT xmin::text) FROM ledger")).isEqualTo("1");
  }

  @Test
  void parallelBranchesChangeTheirOwnPartsOfTheState() {
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .parallel(
                Saga.branch(Trip.class)
                    .step("hold", (trip, call) -> trip.withHold("h"))
                    .compensate((trip, call) -> {}),
                Saga.branch(Trip.class)
                    .step("note", (trip, call) -> trip.withNote("n"))
                    .compensate((trip, call) -> {}))
            .local(
                "after",
                (tx, trip) -> {
                  note(tx, trip.hold() + trip.note());
                  return trip;
                })
            .noCompensation("it is a note")
            .build();

    assertThat(run(saga, Trip.of("t1")).state()).isEqualTo(new Trip("t1", 10, "h", "n"));
    assertThat(db.ledger()).isEqualTo("hn");
  }

  @Test
  void aStepWhoseConditionDoesNotHoldIsSkippedAndNotCompensated() {
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .local("a", (tx, trip) -> noted(tx, "a", trip))
            .compensate((tx, trip) -> note(tx, "-a"))
            .when(trip -> trip.amount() > 50)
            .localPivot(
                "p",
                (tx, trip) -> {
                  throw new RefusedException("no");
                })
            .build();

    assertThat(run(saga, Trip.of("small")).status()).isEqualTo(Status.COMPENSATED);
    assertThat(db.ledger()).isEmpty();
    assertThat(run(saga, Trip.of("large").withAmount(60)).status()).isEqualTo(Status.COMPENSATED);
    assertThat(db.ledger()).isEqualTo("a,-a");
  }

  private static Trip noted(Connection tx, String what, Trip trip) throws Exception {
    note(tx, what);
    return trip;
  }

  @Test
  void retriesWithTheSameKeyAndCompensatesWhatMayHaveHappened() {
    List<String> keys = new java.util.concurrent.CopyOnWriteArrayList<>();
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .step(
                "call",
                (trip, call) -> {
                  keys.add(call.key());
                  throw new java.io.IOException("answer lost");
                })
            .compensate((trip, call) -> keys.add("-" + call.key() + call.certain()))
            .retry(quick(3))
            .build();

    assertThat(run(saga, Trip.of("t1")).status()).isEqualTo(Status.COMPENSATED);

    String key = keys.get(0);
    assertThat(keys).containsExactly(key, key, key, "-" + key + "false");
  }

  @Test
  void aLookUpSettlesWhatIsUnknown() {
    AtomicInteger calls = new AtomicInteger();
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .pivot(
                "pay",
                (trip, call) -> {
                  calls.incrementAndGet();
                  throw new StepFailure(FailureKind.UNKNOWN, "timed out");
                })
            .inDoubt((trip, call) -> new Outcome.Done<>(trip.withHold("found")))
            .retry(quick(3))
            .build();

    SagaResult<Trip> result = run(saga, Trip.of("t1"));

    assertThat(result.status()).isEqualTo(Status.COMPLETED);
    assertThat(result.state().hold()).isEqualTo("found");
    assertThat(calls).hasValue(1);
  }

  @Test
  void aPivotInDoubtWaitsForAPersonRatherThanGuess() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class), "a")
            .pivot(
                "pay",
                (trip, call) -> {
                  throw new StepFailure(FailureKind.UNKNOWN, "timed out");
                })
            .retry(quick(2))
            .build();
    try (Concordat concordat = db.concordat(saga).start()) {
      SagaResult<Trip> waits = concordat.run(saga, "t1", Trip.of("t1"), PATIENCE);
      assertThat(waits.status()).isEqualTo(Status.NEEDS_ATTENTION);
      assertThat(concordat.operator().cancel("t1", "ann", "late").isDone()).isFalse();

      assertThat(concordat.operator().supply("t1", "ann", "seen", "{\"hold\":\"h\"}").isDone())
          .isTrue();

      SagaResult<Trip> result = concordat.find(saga, "t1").await(PATIENCE);
      assertThat(result.status()).isEqualTo(Status.COMPLETED);
      assertThat(result.state().hold()).isEqualTo("h");
      assertThat(db.ledger()).isEqualTo("a");
    }
  }

  @Test
  void aCompensationThatFailsForGoodWaitsForAPersonWhoMaySkipItWithAReason() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class), "a")
            .step("b", (trip, call) -> trip)
            .compensate((trip, call) -> {
              throw new StepFailure(FailureKind.TRANSIENT, "down");
            })
            .compensationRetry(quick(2))
            .pivot(
                "p",
                (trip, call) -> {
                  throw new RefusedException("no");
                })
            .build();
    try (Concordat concordat = db.concordat(saga).start()) {
      SagaResult<Trip> stuck = concordat.run(saga, "t1", Trip.of("t1"), PATIENCE);
      assertThat(stuck.status()).isEqualTo(Status.NEEDS_ATTENTION);
      assertThat(concordat.operator().show("t1").next()).contains("skip");

      assertThat(concordat.operator().skip("t1", "ann", "done by phone").isDone()).isTrue();

      assertThat(concordat.find(saga, "t1").await(PATIENCE).status()).isEqualTo(Status.COMPENSATED);
      assertThat(db.ledger()).isEqualTo("a,-a");
      Story story = concordat.operator().show("t1");
      assertThat(story.moments())
          .anySatisfy(moment -> assertThat(moment.text()).contains("ann").contains("by phone"));
    }
  }

  @Test
  void sleepsAcrossARestart() {
    Saga<Trip> saga =
        noting(noting(Saga.named("s", Trip.class), "a").sleep("nap", Duration.ofSeconds(3)), "b")
            .build();
    try (Concordat first = db.concordat(saga).start()) {
      first.start(saga, "t1", Trip.of("t1"));
      db.await("SELECT count(*) FROM ledger", "1");
    }
    try (Concordat second = db.concordat(saga).start()) {
      assertThat(second.find(saga, "t1").await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
    }
    assertThat(db.ledger()).isEqualTo("a,b");
  }

  @Test
  void takesASignalWheneverItComes() {
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .awaitSignal("approved", String.class, (trip, who) -> trip.withNote(who))
            .local("a", (tx, trip) -> noted(tx, trip.note(), trip))
            .noCompensation("it is a note")
            .build();
    try (Concordat concordat = db.concordat(saga).start()) {
      SagaHandle<Trip> early = concordat.start(saga, "t1", Trip.of("t1"));
      early.signal("approved", "ann");
      assertThat(early.await(PATIENCE).state().note()).isEqualTo("ann");

      SagaHandle<Trip> late = concordat.start(saga, "t2", Trip.of("t2"));
      db.await("SELECT owner IS NULL FROM concordat.instance WHERE id = 't2'", "t");
      late.signal("approved", "bob");
      assertThat(late.await(PATIENCE).state().note()).isEqualTo("bob");
    }
  }

  @Test
  void aSignalThatDoesNotComeInTimeTurnsTheSagaBack() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class), "a")
            .awaitSignal("approved", String.class, (trip, who) -> trip)
            .timeout(Duration.ofMillis(50))
            .build();

    SagaResult<Trip> result = run(saga, Trip.of("t1"));

    assertThat(result.status()).isEqualTo(Status.COMPENSATED);
    assertThat(result.reason().orElse("")).contains("approved");
    assertThat(db.ledger()).isEqualTo("a,-a");
  }

  @Test
  void aChildSagaIsAStep() {
    Saga<Trip> child =
        noting(Saga.named("child", Trip.class), "c1")
            .localPivot(
                "c2",
                (tx, trip) -> {
                  if (trip.amount() > 50) {
                    throw new RefusedException("too much");
                  }
                  return trip.withHold("from child");
                })
            .build();
    Saga<Trip> parent =
        noting(Saga.named("parent", Trip.class), "a")
            .child("ship", child, trip -> trip, (trip, end) -> trip.withHold(end.hold()))
            .noCompensation("a shipped child stays")
            .build();
    try (Concordat concordat = db.concordat(parent, child).start()) {
      SagaResult<Trip> good = concordat.run(parent, "t1", Trip.of("t1"), PATIENCE);
      assertThat(good.status()).isEqualTo(Status.COMPLETED);
      assertThat(good.state().hold()).isEqualTo("from child");

      SagaResult<Trip> bad = concordat.run(parent, "t2", Trip.of("t2").withAmount(60), PATIENCE);
      assertThat(bad.status()).isEqualTo(Status.COMPENSATED);
      assertThat(db.ledger()).isEqualTo("a,c1,a,c1,-c1,-a");
    }
  }

  @Test
  void aDeadlineTurnsTheSagaBackAndSkipsNoCompensation() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class).deadline(Duration.ofSeconds(1)), "a")
            .step(
                "call",
                (trip, call) -> {
                  throw new StepFailure(FailureKind.TRANSIENT, "down");
                })
            .compensate((trip, call) -> {})
            .timeout(Duration.ofMillis(500))
            .retry(quick(100_000).upTo(Duration.ofMillis(20)))
            .build();

    SagaResult<Trip> result = run(saga, Trip.of("t1"));

    assertThat(result.status()).isEqualTo(Status.COMPENSATED);
    assertThat(result.reason().orElse("")).contains("deadline");
    assertThat(db.ledger()).isEqualTo("a,-a");
  }

  @Test
  void cancelCompensatesAndPauseHolds() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class), "a")
            .awaitSignal("go", String.class, (trip, who) -> trip)
            .localPivot("p", (tx, trip) -> noted(tx, "p", trip))
            .build();
    try (Concordat concordat = db.concordat(saga).start()) {
      concordat.start(saga, "t1", Trip.of("t1"));
      assertThat(concordat.operator().cancel("t1", "ann", "changed mind").isDone()).isTrue();
      assertThat(concordat.find(saga, "t1").await(PATIENCE).status()).isEqualTo(Status.COMPENSATED);

      SagaHandle<Trip> paused = concordat.start(saga, "t2", Trip.of("t2"));
      assertThat(concordat.operator().pause("t2", "ann", null).isDone()).isTrue();
      paused.signal("go", "x");
      db.await("SELECT count(*) FROM concordat.letter WHERE NOT taken", "0");
      assertThat(concordat.operator().show("t2").why()).contains("paused");
      assertThat(db.ledger()).isEqualTo("a,-a,a");
      assertThat(concordat.operator().resume("t2", "ann", null).isDone()).isTrue();
      assertThat(paused.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      assertThat(concordat.operator().cancel("t2", "ann", "too late").isDone()).isFalse();
    }
  }

  @Test
  void startInTheCallersTransactionIsAcceptedIfAndOnlyIfThatCommits() throws Exception {
    Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
    try (Concordat concordat = db.concordat(saga).start();
        Connection tx = db.pool.getConnection()) {
      tx.setAutoCommit(false);
      concordat.start(tx, saga, "rolled back", Trip.of("t1"));
      tx.rollback();
      SagaHandle<Trip> kept = concordat.start(tx, saga, "kept", Trip.of("t2"));
      tx.commit();

      assertThat(kept.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      assertThatThrownBy(() -> concordat.find(saga, "rolled back"))
          .isInstanceOf(RefusedException.class);
      assertThat(db.ledger()).isEqualTo("a");
    }
  }

  @Test
  void startingTwiceIsTheSameInstanceOrIsRefused() {
    Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
    try (Concordat concordat = db.concordat(saga).start()) {
      concordat.start(saga, "t1", Trip.of("t1")).await(PATIENCE);
      assertThat(concordat.start(saga, "t1", Trip.of("t1")).await(PATIENCE).status())
          .isEqualTo(Status.COMPLETED);
      assertThat(concordat.run(saga, "t1", Trip.of("t1"), PATIENCE).status())
          .isEqualTo(Status.COMPLETED);
      assertThatThrownBy(() -> concordat.start(saga, "t1", Trip.of("other")))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("another input");
      assertThatThrownBy(() -> concordat.run(saga, "t1", Trip.of("other"), PATIENCE))
          .isInstanceOf(RefusedException.class);
      assertThat(db.ledger()).isEqualTo("a");
    }
  }

  @Test
  void instancesFinishOnTheVersionTheyBeganWith() {
    Saga<Trip> one =
        noting(Saga.named("s", Trip.class).awaitSignal("go", String.class, (t, who) -> t), "old")
            .build();
    Saga<Trip> two = noting(Saga.named("s", Trip.class).version(2), "new").build();
    try (Concordat concordat = db.concordat(one).start()) {
      concordat.start(one, "t1", Trip.of("t1"));
      db.await("SELECT owner IS NULL FROM concordat.instance", "t");
    }
    try (Concordat concordat = db.concordat(one, two).start()) {
      concordat.start(two, "t2", Trip.of("t2")).await(PATIENCE);
      SagaHandle<Trip> old = concordat.find(one, "t1");
      old.signal("go", "x");
      assertThat(old.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      assertThat(db.ledger()).isEqualTo("new,old");
    }
  }

  @Test
  void aParticipantIsNeverCalledMoreOftenAtOnceThanAllowed() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .step(
                "call",
                (trip, call) -> {
                  most.accumulateAndGet(now.incrementAndGet(), Math::max);
                  now.decrementAndGet();
                  return trip;
                })
            .participant("payments")
            .noCompensation("it does nothing")
            .build();
    try (Concordat concordat = db.concordat(saga).concurrency("payments", 2).start()) {
      ConcurrentLinkedQueue<SagaHandle<Trip>> handles = new ConcurrentLinkedQueue<>();
      for (int i = 0; i < 100; i++) {
        handles.add(concordat.start(saga, "t" + i, Trip.of("t")));
      }
      handles.forEach(
          handle -> assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED));
    }
    assertThat(most.get()).isBetween(1, 2);
  }
}
