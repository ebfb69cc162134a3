package dev.concordat.resilience4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.reservation.ProviderGuard.Kind;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what the guard keeps away was certainly not sent, and it keeps away no more than it should
 * (case 79). Method: real circuits and limits on a clock that the test turns.
 */
class Resilience4jGuardTest {

  private static final Duration OPEN = Duration.ofSeconds(10);
  private static final int FEWEST = 10;
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final Turned clock = new Turned();
  private final CircuitBreaker circuit =
      CircuitBreaker.of(
          "gateway",
          Resilience4jGuard.usual()
              .clock(clock)
              .currentTimestampFunction(Clock::millis, TimeUnit.MILLISECONDS)
              .build());
  private final Resilience4jGuard guard =
      Resilience4jGuard.of(circuit, bulkhead("live", 2), bulkhead("reconcile", 1));
  private final AtomicInteger sent = new AtomicInteger();

  private static Bulkhead bulkhead(String name, int atOnce) {
    return Bulkhead.of(
        name,
        BulkheadConfig.custom().maxConcurrentCalls(atOnce).maxWaitDuration(Duration.ZERO).build());
  }

  private Callable<String> answering() {
    return () -> "answer " + sent.incrementAndGet();
  }

  private Callable<String> throwing(Exception thrown) {
    return () -> {
      sent.incrementAndGet();
      throw thrown;
    };
  }

  private void fail(int times, Exception thrown) {
    for (int i = 0; i < times; i++) {
      assertThatThrownBy(() -> guard.call(Kind.LIVE, throwing(thrown))).isSameAs(thrown);
    }
  }

  @Test
  void whatIsAnsweredIsHandedOn() throws Exception {
    assertThat(guard.call(Kind.LIVE, answering())).isEqualTo("answer 1");
    assertThat(guard.call(Kind.RECONCILE, answering())).isEqualTo("answer 2");
  }

  @Test
  @DisplayName("case 79: an open circuit lets nothing out, of either kind")
  void anOpenCircuitKeepsCallsAway() {
    fail(FEWEST, new IOException("connection reset"));

    for (Kind kind : Kind.values()) {
      assertThatThrownBy(() -> guard.call(kind, answering()))
          .isInstanceOf(NotNowException.class)
          .hasMessageContaining("gateway")
          .hasMessageContaining("was not sent");
    }
    assertThat(sent).hasValue(FEWEST);
  }

  @Test
  void theCircuitIsTriedAgainAfterItsTimeAndCloses() throws Exception {
    fail(FEWEST, new OutcomeUnknownException("key-1", "no answer", null));
    clock.turn(OPEN.minusMillis(1));
    assertThatThrownBy(() -> guard.call(Kind.LIVE, answering()))
        .isInstanceOf(NotNowException.class);
    assertThat(sent).hasValue(FEWEST);

    clock.turn(Duration.ofMillis(2));
    for (int i = 0; i < 3; i++) {
      var unused = guard.call(Kind.LIVE, answering());
    }

    assertThat(circuit.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  @Test
  void itOpensAgainIfTheTrialsFail() {
    fail(FEWEST, new IOException("down"));
    clock.turn(OPEN.plusMillis(1));

    fail(3, new IOException("still down"));

    assertThat(circuit.getState()).isEqualTo(CircuitBreaker.State.OPEN);
  }

  @Test
  @DisplayName("the business's refusals open no circuit")
  void refusalsAreAnswers() throws Exception {
    fail(10 * FEWEST, new RefusedException("card declined"));

    assertThat(guard.call(Kind.LIVE, answering())).isNotEmpty();
  }

  @Test
  void silenceOpensIt() {
    fail(FEWEST, new TimeoutException("no answer within PT5S"));

    assertThat(circuit.getState()).isEqualTo(CircuitBreaker.State.OPEN);
  }

  @Test
  void whatIsNotDoneForATechnicalReasonOpensIt() {
    fail(FEWEST, new NotNowException("nobody listens"));

    assertThat(circuit.getState()).isEqualTo(CircuitBreaker.State.OPEN);
  }

  /** We were told to stop, so it says nothing about them; and its permission is given back. */
  @Test
  void interruptionsAreNotCounted() throws Exception {
    fail(FEWEST, new IOException("down"));
    clock.turn(OPEN.plusMillis(1));

    fail(10 * FEWEST, new InterruptedException());

    assertThat(circuit.getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
    assertThat(guard.call(Kind.LIVE, answering())).isNotEmpty();
  }

  /** It comes from within the call, so something may have been sent: it is no NotNow of ours. */
  @Test
  void anInnerCircuitIsNotMistakenForThisOne() {
    CircuitBreaker inner = CircuitBreaker.ofDefaults("inner");
    inner.transitionToOpenState();
    Exception thrown = CallNotPermittedException.createCallNotPermittedException(inner);

    fail(1, thrown);
  }

  @Test
  @DisplayName("reconciliation and live calls do not take each other's places")
  void theLimitsAreApart() throws Exception {
    String all =
        guard.call(
            Kind.LIVE,
            () ->
                guard.call(
                    Kind.LIVE,
                    () -> {
                      assertKeptAway(Kind.LIVE);
                      return guard.call(
                          Kind.RECONCILE,
                          () -> {
                            assertKeptAway(Kind.RECONCILE);
                            return "all under way";
                          });
                    }));

    assertThat(all).isEqualTo("all under way");
    assertThat(sent).hasValue(0);
    assertThat(guard.call(Kind.LIVE, answering())).isEqualTo("answer 1");
  }

  private void assertKeptAway(Kind kind) {
    assertThatThrownBy(() -> guard.call(kind, answering()))
        .isInstanceOf(NotNowException.class)
        .hasMessageContaining("under way")
        .hasMessageContaining("was not sent");
  }

  @Test
  void aPlaceIsGivenBackWhateverTheCallThrows() throws Exception {
    fail(FEWEST - 1, new IOException("down"));
    assertThatThrownBy(() ->
            guard.call(
                Kind.RECONCILE,
                () -> {
                  throw new AssertionError("a bug");
                }))
        .isInstanceOf(AssertionError.class);
    clock.turn(OPEN.plusMillis(1));

    assertThat(guard.call(Kind.RECONCILE, answering())).isNotEmpty();
    assertThat(guard.call(Kind.LIVE, answering())).isNotEmpty();
  }

  private void whileOneHangs(Kind kind, Callable<String> then) throws Exception {
    var unused =
        guard.call(
            kind,
            LIMIT,
            () -> {
              clock.turn(LIMIT.plusMillis(1));
              return then.call();
            });
  }

  @Test
  void whatHangsPastItsLimitKeepsNoPlace() throws Exception {
    whileOneHangs(
        Kind.RECONCILE,
        () -> {
          assertThat(guard.call(Kind.RECONCILE, LIMIT, answering())).isEqualTo("answer 1");
          return "late";
        });

    assertThat(guard.call(Kind.RECONCILE, answering())).isEqualTo("answer 2");
    guard.call(
        Kind.RECONCILE,
        () -> {
          assertKeptAway(Kind.RECONCILE);
          return "one place, as before";
        });
  }

  @Test
  void trialsThatHangOpenTheCircuitAgain() throws Exception {
    fail(FEWEST, new IOException("down"));
    clock.turn(OPEN.plusMillis(1));

    whileOneHangs(
        Kind.LIVE,
        () -> {
          fail(2, new IOException("still down"));
          assertThat(circuit.getState()).isEqualTo(CircuitBreaker.State.OPEN);
          return "late";
        });

    clock.turn(OPEN.plusMillis(1));
    assertThat(guard.call(Kind.LIVE, answering())).isNotEmpty();
  }

  @Test
  void theUsualCircuitIsNotTriedForEver() {
    assertThat(circuit.getCircuitBreakerConfig().getMaxWaitDurationInHalfOpenState()).isPositive();
  }

  @Test
  void theUsualGuardLetsThrough() throws Exception {
    assertThat(Resilience4jGuard.of("gateway").call(Kind.LIVE, answering())).isEqualTo("answer 1");
  }

  /** A clock that stands still until it is turned. */
  private static final class Turned extends Clock {

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    void turn(Duration by) {
      now = now.plus(by);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
