package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Goal: what is sent to one instance neither fills the memory nor holds up others (P10). Method:
 * far more signals than anybody awaits.
 */
class LettersTest {

  private static Saga<Trip> waiting() {
    return Saga.named("s", Trip.class)
        .awaitSignal("go", String.class, (trip, word) -> trip.withNote(word))
        .build();
  }

  @Test
  void manySignalsToOneDoNotHoldUpOthers() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga = waiting();
      // Only woken: at this poll interval one letter per look would take far too long.
      try (Concordat concordat =
          db.concordat(saga).lease(PATIENCE).poll(Duration.ofSeconds(1)).start()) {
        SagaHandle<Trip> busy = concordat.start(saga, "busy", Trip.of("busy"));
        SagaHandle<Trip> other = concordat.start(saga, "other", Trip.of("other"));
        for (int i = 0; i < 500; i++) {
          busy.signal("noise", "n" + i);
        }

        Verdict verdict = concordat.operator().waiting(PATIENCE).pause(other.id(), "ann", null);
        assertThat(verdict.outcome()).isEqualTo(Verdict.Kind.DONE);
        assertThat(
                concordat.operator().waiting(PATIENCE).cancel("busy", "ann", "no more").outcome())
            .as("after its own five hundred signals")
            .isEqualTo(Verdict.Kind.DONE);
        assertThat(busy.await(PATIENCE).status()).isEqualTo(Status.COMPENSATED);
      }
    }
  }

  @Test
  void aSignalHasALimitedSizeAndNumber() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga = waiting();
      try (Concordat concordat = db.concordat(saga).start()) {
        SagaHandle<Trip> handle = concordat.start(saga, "t", Trip.of("t"));

        assertThatThrownBy(() -> handle.signal("go", "x".repeat(70_000)))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("65536");

        db.sql("UPDATE concordat.instance SET mail = 1000");
        assertThatThrownBy(() -> handle.signal("go", "now"))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("1000 signals");
        assertThat(db.text("SELECT count(*) FROM concordat.letter")).isEqualTo("0");
      }
    }
  }
}
