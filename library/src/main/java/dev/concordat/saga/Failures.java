package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.RefusedException;
import dev.concordat.runner.Causes;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaStimulus.Failure;
import org.jspecify.annotations.Nullable;

/** What an exception of user code tells about its effect. */
final class Failures {

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
    return error instanceof StepFailure said ? said.kind() : Causes.kind(error, inside);
  }

  /** For people: the kind of error, unless its message stands for itself, and the message. */
  static String message(Throwable error) {
    return Causes.message(error, error instanceof RefusedException || error instanceof StepFailure);
  }
}
