package dev.concordat.saga;

import dev.concordat.core.RefusedException;
import java.util.List;

/** A saga that must not run as it is declared. Says every reason. */
public final class UnsoundSagaException extends RefusedException {

  private static final long serialVersionUID = 1L;

  private final List<String> reasons;

  UnsoundSagaException(String saga, List<String> reasons) {
    super(
        "saga '"
            + saga
            + "' is not sound and was not built:\n  - "
            + String.join("\n  - ", reasons));
    this.reasons = List.copyOf(reasons);
  }

  /** Each thing that is wrong, with what to do about it. */
  public List<String> reasons() {
    return reasons;
  }
}
