package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: an exception never claims more about a step's effect than it knows (P11). Method: each
 * exception is judged twice, inside our transaction and outside of it.
 */
class FailuresTest {

  private static final SagaPlan.StepPlan STEP = Notation.plan("outside:a").step("a");

  private static FailureKind kind(Throwable error, boolean inside) {
    return Failures.of(error, STEP, null, inside).kind();
  }

  static Stream<Arguments> judged() {
    return Stream.of(
        // what happened, inside our transaction, outside of it
        Arguments.of(new RefusedException("sold out"), FailureKind.REFUSED, FailureKind.REFUSED),
        Arguments.of(
            new NotNowException("no connection"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(
            new OutcomeUnknownException("k", "?", null),
            FailureKind.TRANSIENT,
            FailureKind.UNKNOWN),
        Arguments.of(
            new StepFailure(FailureKind.UNKNOWN, "?"), FailureKind.UNKNOWN, FailureKind.UNKNOWN),
        Arguments.of(new ConnectException(), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new UnknownHostException("x"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new UnresolvedAddressException(), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(
            new HttpConnectTimeoutException("x"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new HttpTimeoutException("x"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new SocketTimeoutException(), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new IOException("reset"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new TimeoutException(), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new InterruptedException(), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new CancellationException(), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new SQLException("x", "08006"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new SQLException("x", "40001"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new SQLException("x", "53300"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new SQLException("x", "55P03"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(new SQLException("x", "57P01"), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(
            new SQLTransientConnectionException(), FailureKind.TRANSIENT, FailureKind.UNKNOWN),
        Arguments.of(
            new SQLException("x", "23505"), FailureKind.UNEXPECTED, FailureKind.UNEXPECTED),
        Arguments.of(
            new SQLException("x", "42601"), FailureKind.UNEXPECTED, FailureKind.UNEXPECTED),
        Arguments.of(new NullPointerException(), FailureKind.UNEXPECTED, FailureKind.UNEXPECTED),
        Arguments.of(new StackOverflowError(), FailureKind.UNEXPECTED, FailureKind.UNEXPECTED));
  }

  @ParameterizedTest
  @MethodSource("judged")
  @DisplayName("P11: what an exception says of the effect")
  void whatAnExceptionSaysOfTheEffect(Throwable error, FailureKind inside, FailureKind outside) {
    assertThat(kind(error, true)).as("inside").isEqualTo(inside);
    assertThat(kind(error, false)).as("outside").isEqualTo(outside);
  }

  @Test
  void aWrappedCauseIsFound() {
    IOException cause = new IOException("reset");

    assertThat(kind(new RuntimeException(new ExecutionException(cause)), false))
        .isEqualTo(FailureKind.UNKNOWN);
    assertThat(kind(new RuntimeException(new ConnectException()), true))
        .isEqualTo(FailureKind.TRANSIENT);
  }

  @Test
  void aPolicyThatNamesAnExceptionMakesItWorthARetryAndClaimsNoMore() {
    SagaPlan.StepPlan named =
        Saga.named("s", Notation.Blank.class)
            .step("a", (s, call) -> s)
            .noCompensation("none")
            .retry(RetryPolicy.never().retryOn(ArithmeticException.class))
            .build()
            .plan()
            .step("a");

    assertThat(Failures.of(new ArithmeticException(), named, null, true).kind())
        .isEqualTo(FailureKind.TRANSIENT);
    assertThat(Failures.of(new ArithmeticException(), named, null, false).kind())
        .isEqualTo(FailureKind.UNKNOWN);
    assertThat(Failures.of(new NullPointerException(), named, null, false).kind())
        .isEqualTo(FailureKind.UNEXPECTED);
  }

  @Test
  void aStepMaySayWhichOfItsExceptionsAreRefusals() {
    Predicate<Throwable> soldOut = e -> e instanceof IllegalStateException;
    Saga<Notation.Blank> saga =
        Saga.named("s", Notation.Blank.class)
            .local("a", (tx, s) -> s)
            .noCompensation("none")
            .refusedWhen(soldOut)
            .build();

    assertThat(
            Failures.of(new IllegalStateException(), saga.plan().step("a"), saga.code("a"), true)
                .kind())
        .isEqualTo(FailureKind.REFUSED);
  }

  @Test
  void howLongTheOtherSideAsksUsToWaitIsKept() {
    StepFailure busy = new StepFailure(FailureKind.TRANSIENT, "busy", Duration.ofSeconds(9), null);

    assertThat(Failures.of(busy, STEP, null, false).notBefore()).isEqualTo(Duration.ofSeconds(9));
    assertThat(Failures.of(new IOException(), STEP, null, false).notBefore()).isNull();
  }

  @Test
  void aMessageIsForPeopleAndNeverEmptyNorEndless() {
    assertThat(Failures.message(new RefusedException("sold out"))).isEqualTo("sold out");
    assertThat(Failures.message(new IOException("reset"))).isEqualTo("IOException: reset");
    assertThat(Failures.message(new IOException())).isEqualTo("IOException");
    assertThat(Failures.message(new IOException(" "))).isEqualTo("IOException");
    assertThat(Failures.message(new RefusedException("x".repeat(10_000)))).hasSize(501);
  }
}
