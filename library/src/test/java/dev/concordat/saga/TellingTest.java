package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: every event of a journal can be told to a person, with its step and its reason. Method: one
 * event of each kind, and the wordings that carry a fact.
 */
class TellingTest {

  private static final Instant AT = Instant.parse("2026-03-04T05:06:07Z");

  @ParameterizedTest
  @MethodSource("dev.concordat.saga.SagaJournalTest#oneOfEach")
  void everyEventHasWords(SagaEvent event) {
    assertThat(Telling.text(event)).isNotBlank().doesNotContain("[", "null");
    assertThat(Telling.step(event)).isNotNull();
  }

  @Test
  void anEventNamesItsStep() {
    assertThat(Telling.step(new SagaEvent.StepStarted("pay", 1))).isEqualTo("pay");
    assertThat(Telling.step(new SagaEvent.Completed())).isEmpty();
    assertThat(Telling.step(new SagaEvent.AttentionNeeded(null, "x"))).isEmpty();
  }

  @Test
  void aFailureSaysWhatIsKnownOfTheEffectAndWhenItIsTriedAgain() {
    assertThat(Telling.text(failed(FailureKind.TRANSIENT, AT)))
        .isEqualTo("attempt 2 failed, did not happen: oops; next attempt 2026-03-04T05:06:07Z");
    assertThat(Telling.text(failed(FailureKind.UNKNOWN, null)))
        .isEqualTo("attempt 2 failed, outcome unknown: oops");
    assertThat(Telling.text(failed(FailureKind.UNEXPECTED, null))).contains("unforeseen: oops");
    assertThat(Telling.text(failed(FailureKind.REFUSED, null))).contains("refused: oops");
  }

  private static SagaEvent failed(FailureKind kind, Instant retryAt) {
    return new SagaEvent.AttemptFailed("pay", 2, kind, false, "oops", AT, retryAt);
  }

  @Test
  void givingUpSaysWhetherItMayHaveHappened() {
    assertThat(Telling.text(new SagaEvent.StepGivenUp("pay", true, "no answer")))
        .isEqualTo("given up, may have happened: no answer");
    assertThat(Telling.text(new SagaEvent.StepGivenUp("pay", false, "no answer")))
        .isEqualTo("given up, did not happen: no answer");
  }

  @Test
  void onlyALaterAttemptIsCounted() {
    assertThat(Telling.text(new SagaEvent.StepDone("a", 1, null, null))).isEqualTo("done");
    assertThat(Telling.text(new SagaEvent.StepDone("a", 3, null, null)))
        .isEqualTo("done at attempt 3");
  }
}
