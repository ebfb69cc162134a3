package dev.concordat.tcc;

import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StateCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The declaration of a {@link Tcc}.
 *
 * @param <S> what it is about
 */
public final class TccBuilder<S> {

  private static final int MAX_NAME = 200;
  private static final Duration LONGEST_HOLD = Duration.ofDays(365);
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

  private record Declared<S>(String name, Tcc.Code<S> code) {}

  private final String name;
  private final Class<S> type;
  private final List<Declared<S>> branches = new ArrayList<>();
  private final Map<String, Function<S, String>> attributes = new LinkedHashMap<>();
  private int version = 1;
  private boolean inOrder;
  private Duration deadline = Duration.ofSeconds(30);
  private Duration tryTimeout = Duration.ofSeconds(10);
  private Duration confirmTimeout = Duration.ofSeconds(10);
  private RetryPolicy tryRetry =
      RetryPolicy.exponential(Duration.ofMillis(100)).upTo(Duration.ofSeconds(2)).attempts(5);
  private RetryPolicy confirmRetry =
      RetryPolicy.exponential(Duration.ofMillis(200))
          .upTo(Duration.ofSeconds(30))
          .forUpTo(Duration.ofHours(1));
  private @Nullable StateCodec codec;

  TccBuilder(String name, Class<S> type) {
    this.name = name;
    this.type = type;
  }

  /** The definition's version; 1 unless said. Instances end with the version they began with. */
  public TccBuilder<S> version(int number) {
    this.version = number;
    return this;
  }

  /**
   * A branch at a participant.
   *
   * @param branch 1 to 60 lower-case letters, digits, spaces, {@code _}, {@code .} and {@code -}
   * @param body what the participant is told, encoded as JSON; made once, when the transaction
   *     starts, so that try, confirm and cancel are told the same
   */
  public TccBuilder<S> branch(String branch, TccParticipant participant, Function<S, ?> body) {
    branches.add(new Declared<>(branch, new Tcc.Code<>(participant, body, null)));
    return this;
  }

  /** A branch in Concordat's own database, which commits together with the journal. */
  public TccBuilder<S> local(String branch, TccLocal<S> code) {
    branches.add(new Declared<>(branch, new Tcc.Code<>(null, null, code)));
    return this;
  }

  /**
   * Tries and confirms one branch after the other, and cancels them in reverse order. Unless said,
   * all are told at the same time. What is tried is held longer then: confirming each branch may
   * take as long as {@link #confirmRetry} says.
   */
  public TccBuilder<S> inOrder() {
    this.inOrder = true;
    return this;
  }

  /**
   * How long after its start every branch must be tried, or all are cancelled; 30 s unless said.
   */
  public TccBuilder<S> deadline(Duration time) {
    this.deadline = time;
    return this;
  }

  /** When to try again whoever did not answer; five attempts unless said. */
  public TccBuilder<S> tryRetry(RetryPolicy policy) {
    this.tryRetry = policy;
    return this;
  }

  /**
   * When to confirm or cancel again whoever did not answer: for up to an hour unless said. After
   * that a person must look. What is tried is held as long, and where branches are told in order as
   * long as all of them together may take.
   */
  public TccBuilder<S> confirmRetry(RetryPolicy policy) {
    this.confirmRetry = policy;
    return this;
  }

  /** How long one try may take; 10 s unless said. */
  public TccBuilder<S> tryTimeout(Duration time) {
    this.tryTimeout = time;
    return this;
  }

  /** How long one confirm or cancel may take; 10 s unless said. */
  public TccBuilder<S> confirmTimeout(Duration time) {
    this.confirmTimeout = time;
    return this;
  }

  /** Something instances can be searched by; null is left out. */
  public TccBuilder<S> attribute(String attribute, Function<S, String> value) {
    attributes.put(attribute, value);
    return this;
  }

  /** How states and what participants are told are encoded, if not as Concordat is set to. */
  public TccBuilder<S> codec(StateCodec newCodec) {
    this.codec = newCodec;
    return this;
  }

  /**
   * The definition.
   *
   * @throws UnsoundTccException if it could not keep its promises, with everything that is wrong
   */
  public Tcc<S> build() {
    List<String> reasons = new ArrayList<>();
    names(reasons);
    times(reasons);
    if (!reasons.isEmpty()) {
      throw new UnsoundTccException(name, reasons);
    }
    Map<String, Tcc.Code<S>> code = new LinkedHashMap<>();
    branches.forEach(branch -> code.put(branch.name(), branch.code()));
    List<TccPlan.Branch> shapes =
        branches.stream().map(b -> new TccPlan.Branch(b.name(), b.code().local() != null)).toList();
    TccPlan plan =
        new TccPlan(name, version, shapes, inOrder, deadline, hold(), tryRetry, confirmRetry);
    Tcc.Limits limits = new Tcc.Limits(tryTimeout, confirmTimeout);
    return new Tcc<>(type, plan, limits, code, attributes, codec);
  }

  private void names(List<String> reasons) {
    if (name == null || name.isBlank() || name.length() > MAX_NAME || name.indexOf('\0') >= 0) {
      reasons.add("its name must have 1 to " + MAX_NAME + " characters, not all blank, none NUL");
    }
    if (version < 1) {
      reasons.add("its version is " + version + "; versions count from 1");
    }
    if (branches.isEmpty()) {
      reasons.add("it has no branch");
    }
    Set<String> seen = new HashSet<>();
    for (Declared<S> branch : branches) {
      if (!TccBranchId.canName(branch.name())) {
        reasons.add(TccBranchId.whyNot(branch.name()));
      } else if (!seen.add(branch.name())) {
        reasons.add(
            "two branches are named '"
                + branch.name()
                + "'; participants tell branches by their names, so give each its own");
      }
      Tcc.Code<S> code = branch.code();
      if (code.local() == null && (code.participant() == null || code.body() == null)) {
        reasons.add("branch '" + branch.name() + "' has no participant, or nothing to tell it");
      }
    }
  }

  private void times(List<String> reasons) {
    positive("deadline", deadline, reasons);
    positive("tryTimeout", tryTimeout, reasons);
    positive("confirmTimeout", confirmTimeout, reasons);
    if (confirmRetry.budget().isEmpty() && confirmRetry.maxAttempts().isEmpty()) {
      reasons.add(
          "its confirmRetry never gives up, and no participant holds anything for ever: say"
              + " forUpTo(...) or attempts(...)");
    } else if (hold().compareTo(LONGEST_HOLD) > 0) {
      reasons.add(
          "what is tried would have to be held for "
              + hold().toDays()
              + " days, by its deadline and confirmRetry; the most is "
              + LONGEST_HOLD.toDays());
    }
  }

  private static void positive(String what, Duration time, List<String> reasons) {
    if (time == null || time.isNegative() || time.isZero()) {
      reasons.add("its " + what + " is " + time + " and must be positive");
    }
  }

  /**
   * The last confirm begins when the budget ends, and takes its time, as the first one did. In
   * order, the budget of each branch begins when the one before it is confirmed.
   */
  private Duration hold() {
    Duration confirming =
        confirmRetry
            .budget()
            .orElseGet(() ->
                confirmRetry
                    .cap()
                    .plus(confirmTimeout)
                    .multipliedBy(confirmRetry.maxAttempts().orElse(1)));
    int turns = inOrder ? Math.max(1, branches.size()) : 1;
    return deadline
        .plus(confirming.plus(confirmTimeout.multipliedBy(2)).multipliedBy(turns))
        .plus(CLOCKS_DIFFER);
  }
}
