package dev.concordat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: waits grow, are jittered in full, are capped, and end where the policy says (P10). Method:
 * the pure function is asked with chosen chance; the bounds are computed by hand.
 */
class RetryPolicyTest {

  private static final Duration NO_TIME = Duration.ZERO;
  private static final double ALMOST_ONE = Math.nextDown(1.0);
  private final RetryPolicy policy = RetryPolicy.exponential(Duration.ofMillis(200));

  private static Duration ms(long millis) {
    return Duration.ofMillis(millis);
  }

  @Test
  void withoutJitterTheWaitsDoubleUpToTheCap() {
    RetryPolicy plain = policy.upTo(ms(1000)).unlimited().withoutJitter();

    assertThat(plain.delay(1, NO_TIME, 0.5)).contains(ms(200));
    assertThat(plain.delay(2, NO_TIME, 0.5)).contains(ms(400));
    assertThat(plain.delay(3, NO_TIME, 0.5)).contains(ms(800));
    assertThat(plain.delay(4, NO_TIME, 0.5)).contains(ms(1000));
    assertThat(plain.delay(1_000_000, NO_TIME, 0.5)).contains(ms(1000));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void fullJitterWaitsARandomPartOfTheCeiling(int attempts) {
    Duration ceiling = policy.withoutJitter().delay(attempts, NO_TIME, 0).orElseThrow();

    assertThat(policy.delay(attempts, NO_TIME, 0)).contains(NO_TIME);
    assertThat(policy.delay(attempts, NO_TIME, 0.25)).contains(ceiling.dividedBy(4));
    assertThat(policy.delay(attempts, NO_TIME, ALMOST_ONE).orElseThrow())
        .isLessThanOrEqualTo(ceiling)
        .isGreaterThan(ceiling.minusMillis(1));
  }

  @Test
  void anotherFactorGrowsFaster() {
    RetryPolicy tenfold = policy.growingBy(10).withoutJitter().upTo(Duration.ofMinutes(1));

    assertThat(tenfold.delay(3, NO_TIME, 0)).contains(Duration.ofSeconds(20));
  }

  @Test
  void fiveAttemptsAreTheDefaultAndTheLastIsNotFollowedByAnother() {
    assertThat(policy.maxAttempts()).isEqualTo(OptionalInt.of(5));
    assertThat(policy.delay(4, NO_TIME, 0)).isPresent();
    assertThat(policy.delay(5, NO_TIME, 0)).isEmpty();
    assertThat(policy.delay(6, NO_TIME, 0)).isEmpty();
  }

  @Test
  void neverMeansOneAttempt() {
    assertThat(RetryPolicy.never().delay(1, NO_TIME, 0)).isEmpty();
  }

  @Test
  void aBudgetEndsWhereTheNextAttemptWouldBeginTooLate() {
    RetryPolicy budget = policy.forUpTo(ms(1000)).withoutJitter();

    assertThat(budget.maxAttempts()).isEmpty();
    assertThat(budget.delay(1, ms(800), 0)).contains(ms(200));
    assertThat(budget.delay(1, ms(801), 0)).isEmpty();
  }

  @Test
  void unlimitedForgetsAttemptsAndBudget() {
    RetryPolicy forEver = policy.forUpTo(ms(1)).unlimited();

    assertThat(forEver.delay(10_000, Duration.ofDays(1), 0)).isPresent();
  }

  @Test
  void aFirstWaitAboveTenSecondsIsItsOwnCap() {
    RetryPolicy slow = RetryPolicy.exponential(Duration.ofSeconds(60)).withoutJitter();

    assertThat(slow.delay(4, NO_TIME, 0)).contains(Duration.ofSeconds(60));
  }

  @Test
  void aFirstWaitBelowAMillisecondStaysWhatItIs() {
    RetryPolicy quick = RetryPolicy.exponential(Duration.ofNanos(500)).withoutJitter();

    assertThat(quick.delay(1, NO_TIME, 0)).contains(Duration.ofNanos(500));
  }

  @Test
  void namedExceptionsAndTheirSubclassesAreWorthARetry() {
    RetryPolicy named = policy.retryOn(IOException.class);

    assertThat(named.namesForRetry(new ConnectException())).isTrue();
    assertThat(named.namesForRetry(new TimeoutException())).isFalse();
    assertThat(policy.namesForRetry(new IOException())).isFalse();
  }

  @Test
  void aPolicyThatMakesNoSenseIsRefusedWithTheValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetryPolicy.exponential(Duration.ZERO))
        .withMessageContaining("must be positive, not PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy.growingBy(0.5))
        .withMessageContaining("at least 1, not 0.5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy.growingBy(Double.NaN))
        .withMessageContaining("NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy.growingBy(Double.POSITIVE_INFINITY))
        .withMessageContaining("Infinity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy.upTo(ms(1)))
        .withMessageContaining("below the first wait");
    assertThatIllegalArgumentException().isThrownBy(() -> policy.attempts(0));
    assertThatIllegalArgumentException().isThrownBy(() -> policy.forUpTo(ms(-1)));
  }
}
