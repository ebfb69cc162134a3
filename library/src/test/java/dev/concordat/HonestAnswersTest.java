package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static dev.concordat.Fixture.note;
import static dev.concordat.Fixture.noting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StateCodec;
import dev.concordat.core.Status;
import dev.concordat.json.JsonCodec;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.SagaResult;
import dev.concordat.saga.Story;
import dev.concordat.saga.Verdict;
import java.net.ConnectException;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Goal: no answer claims more than is known (P2, P10, P11). Method: one case per claim. */
class HonestAnswersTest {

  private static final RetryPolicy TWICE =
      RetryPolicy.exponential(Duration.ofMillis(1)).attempts(2);

  @Test
  @DisplayName("P2: an effect before a refused connection is compensated")
  void aRefusedConnectionSaysNothingOfWhatTheStepDidBefore() {
    AtomicInteger effects = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .step(
                  "two calls",
                  (trip, call) -> {
                    effects.set(1);
                    throw new ConnectException("the second call found nobody");
                  })
              .compensate((trip, call) -> effects.set(0))
              .retry(TWICE)
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        assertThat(concordat.start(saga, "t", Trip.of("t")).await(PATIENCE).status())
            .isEqualTo(Status.COMPENSATED);
        assertThat(effects).hasValue(0);
      }
    }
  }

  @Test
  @DisplayName("P11: our own 'not now' is no refusal by the business")
  void aStepThatMeetsABusyDatabaseIsTriedAgain() {
    AtomicInteger attempts = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .step(
                  "a",
                  (trip, call) -> {
                    if (attempts.incrementAndGet() == 1) {
                      throw new NotNowException("no connection to be had");
                    }
                    return trip;
                  })
              .noCompensation("it is asked only")
              .retry(TWICE)
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        assertThat(concordat.start(saga, "t", Trip.of("t")).await(PATIENCE).status())
            .isEqualTo(Status.COMPLETED);
      }
    }
  }

  @Test
  @DisplayName("P2: what may have happened before it was skipped is compensated")
  void aSkippedStepThatMayHaveHappenedIsCompensated() {
    AtomicInteger effects = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .step(
                  "charge",
                  (trip, call) -> {
                    effects.set(1);
                    throw new IllegalStateException("after the effect");
                  })
              .compensate((trip, call) -> effects.set(0))
              .step(
                  "refused",
                  (trip, call) -> {
                    throw new RefusedException("sold out");
                  })
              .noCompensation("it never happens")
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        SagaHandle<Trip> handle = concordat.start(saga, "t", Trip.of("t"));
        assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.NEEDS_ATTENTION);

        Verdict verdict = concordat.operator().skip("t", "ann", "looks fine");
        assertThat(verdict.text()).contains("may have happened");
        db.await("SELECT status FROM concordat.instance", "COMPENSATED");
        assertThat(effects).hasValue(0);
      }
    }
  }

  @Test
  void aStateThatCannotBeReadHereSaysSoAndGoesOnWhereItCan() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga =
          noting(
                  Saga.named("s", Trip.class).awaitSignal("go", String.class, (trip, word) -> trip),
                  "a")
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        concordat.start(saga, "t", Trip.of("t"));
        db.await("SELECT owner IS NULL FROM concordat.instance", "t");
      }
      try (Concordat blind = db.concordat(saga).codec(new Unreading()).start()) {
        blind.operator().waiting(PATIENCE).pause("t", "ann", null);
        Story story = blind.operator().show("t");
        assertThat(story.row().status()).isEqualTo(Status.NEEDS_ATTENTION);
        assertThat(story.moments().toString()).contains("cannot be read here", "no key");
      }
      try (Concordat concordat = db.concordat(saga).start()) {
        concordat.operator().waiting(PATIENCE).resume("t", "ann", null);
        concordat.operator().waiting(PATIENCE).retry("t", "ann", "there is a key");
        SagaHandle<Trip> handle = concordat.find(saga, "t");
        handle.signal("go", "on");
        assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
  }

  /** A codec whose key is missing. */
  private static final class Unreading implements StateCodec {
    private final JsonCodec json = new JsonCodec();

    @Override
    public String encode(Object state) {
      return json.encode(state);
    }

    @Override
    public <T> T decode(String text, Class<T> type) {
      throw new IllegalStateException("no key");
    }

    @Override
    public boolean isJson() {
      return true;
    }
  }

  @Test
  void aStartInATransactionIsRepeatedWithinIt() throws Exception {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
      try (Concordat concordat = db.concordat(saga).start();
          Connection connection = db.pool.getConnection()) {
        connection.setAutoCommit(false);
        SagaHandle<Trip> first = concordat.start(connection, saga, "t", Trip.of("t"));
        SagaHandle<Trip> again = concordat.start(connection, saga, "t", Trip.of("t"));
        assertThatThrownBy(() -> concordat.start(connection, saga, "t", Trip.of("other")))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("another input");
        assertThatThrownBy(first::now)
            .isInstanceOf(OutcomeUnknownException.class)
            .hasMessageContaining("not committed yet, or was rolled back");
        connection.rollback();
        assertThatThrownBy(() -> again.await(Duration.ofMillis(10)))
            .isInstanceOf(OutcomeUnknownException.class)
            .hasMessageContaining("not committed yet, or was rolled back");
      }
    }
  }

  @Test
  void aHandleIsOfTheSagaThatTheInstanceIsOf() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> one = noting(Saga.named("one", Trip.class), "a").build();
      Saga<Trip> two = noting(Saga.named("two", Trip.class), "a").build();
      try (Concordat concordat = db.concordat(one, two).start()) {
        concordat.start(one, "t", Trip.of("t")).await(PATIENCE);

        assertThatThrownBy(() -> concordat.find(two, "t"))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("saga 'one'");
      }
    }
  }

  @Test
  void aChildOfALongIdIsStarted() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> child = noting(Saga.named("child", Trip.class), "a").build();
      Saga<Trip> parent =
          Saga.named("parent", Trip.class)
              .child("the child's step", child, trip -> trip, (trip, ended) -> trip)
              .noCompensation("it is looked at only")
              .build();
      try (Concordat concordat = db.concordat(parent, child).start()) {
        String id = "x".repeat(200);
        assertThat(concordat.start(parent, id, Trip.of("t")).await(PATIENCE).status())
            .isEqualTo(Status.COMPLETED);
      }
    }
  }

  @Test
  @DisplayName("P10: local steps that never return do not keep their connections")
  void localStepsThatNeverReturnDoNotStopOthers() {
    CountDownLatch end = new CountDownLatch(1);
    try (Fixture db = Fixture.withConnections(5)) {
      Saga<Trip> stuck =
          Saga.named("stuck", Trip.class)
              .local(
                  "a",
                  (tx, trip) -> {
                    note(tx, "never");
                    awaitWhateverComes(end);
                    return trip;
                  })
              .noCompensation("it never happens")
              .timeout(Duration.ofMillis(100))
              .retry(RetryPolicy.exponential(Duration.ofMillis(1)).attempts(6))
              .build();
      Saga<Trip> sound = noting(Saga.named("sound", Trip.class), "a").build();
      try (Concordat concordat = db.concordat(stuck, sound).grace(Duration.ZERO).start()) {
        SagaHandle<Trip> never = concordat.start(stuck, "never", Trip.of("t"));
        assertThat(never.await(PATIENCE).status()).isEqualTo(Status.COMPENSATED);

        SagaResult<Trip> result = concordat.start(sound, "t", Trip.of("t")).await(PATIENCE);
        assertThat(result.status()).isEqualTo(Status.COMPLETED);
        assertThat(db.ledger()).isEqualTo("a");
      } finally {
        end.countDown();
      }
    }
  }

  private static void awaitWhateverComes(CountDownLatch latch) {
    boolean over = false;
    while (!over) {
      try {
        latch.await();
        over = true;
      } catch (InterruptedException e) {
        // it ignores interruption, as some code does
      }
    }
  }
}
