package dev.concordat.tcc;

import dev.concordat.core.StateCodec;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A transaction of try, confirm and cancel: branches that are each tried, and then all confirmed or
 * all cancelled. Immutable; make one with {@link #named}.
 *
 * @param <S> what it is about: an immutable record
 */
public final class Tcc<S> {

  /** What runs for a branch: a participant and what it is told, or a local branch. */
  record Code<S>(
      @Nullable TccParticipant participant,
      @Nullable Function<S, ?> body,
      @Nullable TccLocal<S> local) {}

  /** How long one call may take. */
  record Limits(Duration tried, Duration told) {}

  private final Class<S> type;
  private final TccPlan plan;
  private final Limits limits;
  private final Map<String, Code<S>> code;
  private final Map<String, Function<S, String>> attributes;
  private final @Nullable StateCodec codec;

  Tcc(
      Class<S> type,
      TccPlan plan,
      Limits limits,
      Map<String, Code<S>> code,
      Map<String, Function<S, String>> attributes,
      @Nullable StateCodec codec) {
    this.type = type;
    this.plan = plan;
    this.limits = limits;
    this.code = new LinkedHashMap<>(code);
    this.attributes = new LinkedHashMap<>(attributes);
    this.codec = codec;
  }

  /**
   * Begins the declaration of a transaction.
   *
   * @param name what instances in the database refer to; never reuse it for something else
   * @param state the class of what it is about
   */
  public static <S> TccBuilder<S> named(String name, Class<S> state) {
    return new TccBuilder<>(name, state);
  }

  /** The definition's name. */
  public String name() {
    return plan.name();
  }

  /** The definition's version. */
  public int version() {
    return plan.version();
  }

  /** The names of its branches, in order of declaration. */
  public List<String> branches() {
    return plan.branches().stream().map(TccPlan.Branch::name).toList();
  }

  /**
   * How long after its start whatever is tried must be held: the deadline, the time that confirming
   * may take, and some for clocks that differ.
   */
  public Duration hold() {
    return plan.hold();
  }

  Class<S> type() {
    return type;
  }

  TccPlan plan() {
    return plan;
  }

  Duration limit(TccOperation operation) {
    return operation == TccOperation.TRY ? limits.tried() : limits.told();
  }

  Code<S> code(String branch) {
    return Objects.requireNonNull(code.get(branch), branch);
  }

  Map<String, String> attributesOf(S state) {
    Map<String, String> values = new LinkedHashMap<>();
    attributes.forEach((name, value) -> {
      String of = value.apply(state);
      if (of != null) {
        values.put(name, of);
      }
    });
    return values;
  }

  @Nullable StateCodec codec() {
    return codec;
  }

  @Override
  public String toString() {
    return plan.label();
  }
}
