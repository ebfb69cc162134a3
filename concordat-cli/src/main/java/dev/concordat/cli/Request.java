package dev.concordat.cli;

import dev.concordat.saga.Operator;
import dev.concordat.saga.Verdict;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be asked of an instance.
 *
 * @param verb its name, as on the command line
 * @param meaning what it would do, for the preview
 * @param asking how it is asked
 */
record Request(String verb, String meaning, Asking asking) {

  /** Asks it. */
  interface Asking {
    Verdict ask(Operator operator, Signature signature);
  }

  /**
   * Who asks what for.
   *
   * @param id of the instance
   * @param by who asks
   * @param reason why, if it was said
   */
  record Signature(String id, String by, @Nullable String reason) {

    /** Why, for verbs that are not asked without a reason. */
    String certainReason() {
      return Objects.requireNonNullElse(reason, "");
    }
  }
}
