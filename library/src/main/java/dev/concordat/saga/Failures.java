package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaStimulus.Failure;
import java.io.IOException;
import java.nio.channels.UnresolvedAddressException;
import java.sql.SQLException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What an exception of user code tells about its effect. */
final class Failures {

  private static final int MAX_MESSAGE = 500;

  private Failures() {}

  static Failure of(Throwable error, StepPlan step, @Nullable StepCode<?> code, boolean inside) {
    FailureKind kind = kind(error, code, inside);
    if (kind == FailureKind.UNEXPECTED && step.retry().namesForRetry(error)) {
      kind = inside ? FailureKind.TRANSIENT : FailureKind.UNKNOWN;
    }
    return new Failure(
        kind,
        message(error),
        error instanceof StepFailure said ? said.retryAfter().orElse(null) : null);
  }

  private static FailureKind kind(Throwable error, @Nullable StepCode<?> code, boolean inside) {
    if (code != null && code.refusedWhen() != null && code.refusedWhen().test(error)) {
      return FailureKind.REFUSED;
    }
    return switch (error) {
      case StepFailure said -> said.kind();
      // What the step did before it asked us is not undone by our saying no.
      case NotNowException later -> inside ? FailureKind.TRANSIENT : FailureKind.UNKNOWN;
      case RefusedException refused -> FailureKind.REFUSED;
      case OutcomeUnknownException unknown -> inside ? FailureKind.TRANSIENT : FailureKind.UNKNOWN;
      default -> technical(error, inside);
    };
  }

  /** Inside our own transaction everything that fails is rolled back, so nothing is unknown. */
  private static FailureKind technical(Throwable error, boolean inside) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof SQLException sql && passes(sql)) {
        return inside ? FailureKind.TRANSIENT : FailureKind.UNKNOWN;
      }
      if (e instanceof IOException
          || e instanceof UnresolvedAddressException
          || e instanceof TimeoutException
          || e instanceof InterruptedException
          || e instanceof CancellationException) {
        return inside ? FailureKind.TRANSIENT : FailureKind.UNKNOWN;
      }
    }
    return FailureKind.UNEXPECTED;
  }

  private static boolean passes(SQLException e) {
    String state = e.getSQLState();
    return state == null
        || state.startsWith("08")
        || state.startsWith("40")
        || state.startsWith("53")
        || state.startsWith("55")
        || state.startsWith("57")
        || e instanceof java.sql.SQLTransientException
        || e instanceof java.sql.SQLRecoverableException;
  }

  /** For people: the kind of error, unless its message stands for itself, and the message. */
  static String message(Throwable error) {
    String said = error.getMessage();
    boolean ours = error instanceof RefusedException || error instanceof StepFailure;
    String text =
        said == null || said.isBlank()
            ? error.getClass().getSimpleName()
            : ours ? said : error.getClass().getSimpleName() + ": " + said;
    return text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) + "…" : text;
  }
}
