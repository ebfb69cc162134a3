package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.RetryPolicy;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccEvent;
import dev.concordat.tcc.TccListener;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: listeners hear of every moment, of events only once they are durable, and can do no harm.
 * Method: a transaction of a participant and a local branch on a real PostgreSQL.
 */
class TccListenerTest {

  private final Fixture db = Fixture.open();
  private final Purse purse = new Purse(db, "p");
  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> early = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    db.close();
  }

  private Tcc<Trip> tcc() {
    return Tcc.named("both", Trip.class)
        .branch("account", purse, trip -> Map.of("amount", trip.amount()))
        .local("fee", new LedgerBranch())
        .inOrder()
        .tryRetry(RetryPolicy.exponential(Duration.ofMillis(2)).attempts(2))
        .build();
  }

  private TccStatus run(Tcc<Trip> tcc, TccListener listener) {
    try (Concordat concordat = db.concordat().tcc(tcc).listener(listener).start()) {
      return concordat.run(tcc, "t1", Trip.of("t1"), PATIENCE).status();
    }
  }

  private final class Hearing implements TccListener {
    @Override
    public void recorded(Moment of, List<TccEvent> events) {
      String journal = db.text("SELECT string_agg(events, ' ') FROM concordat.journal");
      for (TccEvent event : events) {
        String name = event.getClass().getSimpleName();
        heard.add(name);
        if (!journal.contains(name + '"')) {
          early.add(name);
        }
      }
    }

    @Override
    public void attemptStarts(Moment of, TccOperation operation, String branch, int attempt) {
      heard.add(of.tcc() + "@" + of.version() + " " + of.id() + " " + operation + " " + branch);
    }

    @Override
    public void attemptReturned(Moment of, TccOperation operation, String branch, int attempt) {
      heard.add("returned " + operation + " " + branch + " " + attempt);
    }

    @Override
    public void attemptThrew(
        Moment of,
        TccOperation operation,
        String branch,
        int attempt,
        Throwable error,
        Duration took) {
      heard.add("threw " + operation + " " + branch + " " + attempt + " " + error.getMessage());
    }
  }

  @Test
  void hearsOfEveryMomentAndOfEventsOnceTheyAreDurable() {
    purse.after =
        call -> {
          if (call.operation() == TccOperation.TRY && isFirst(call)) {
            throw new IOException("the line is cut");
          }
        };

    assertThat(run(tcc(), new Hearing())).isEqualTo(TccStatus.CONFIRMED);

    assertThat(heard)
        .containsSubsequence(
            "Accepted",
            "both@1 t1 TRY account",
            "threw TRY account 1 the line is cut",
            "Failed",
            "both@1 t1 TRY account",
            "returned TRY account 2",
            "both@1 t1 TRY fee",
            "returned TRY fee 1",
            "Decided",
            "returned CONFIRM fee 1",
            "Confirmed");
    assertThat(heard).contains("both@1 t1 CONFIRM account", "returned CONFIRM account 1");
    assertThat(early).as("heard of before they were durable").isEmpty();
  }

  private static boolean isFirst(TccCall call) {
    return call.attempt() == 1;
  }

  @Test
  void oneThatThrowsChangesNothingAndOthersHearAllTheSame() {
    TccListener broken =
        new TccListener() {
          @Override
          public void recorded(Moment of, List<TccEvent> events) {
            throw new IllegalStateException("broken listener");
          }

          @Override
          public void attemptStarts(Moment of, TccOperation operation, String branch, int attempt) {
            throw new AssertionError("broken listener");
          }

          @Override
          public void attemptReturned(
              Moment of, TccOperation operation, String branch, int attempt) {
            throw new IllegalStateException("broken listener");
          }
        };
    Tcc<Trip> tcc = tcc();
    try (Concordat concordat =
        db.concordat().tcc(tcc).listener(broken).listener(new Hearing()).start()) {
      assertThat(concordat.run(tcc, "t1", Trip.of("t1"), PATIENCE).status())
          .isEqualTo(TccStatus.CONFIRMED);
    }

    assertThat(heard).contains("Accepted", "Confirmed", "returned TRY fee 1");
    assertThat(db.ledger()).isEqualTo("hold,confirm");
  }
}
