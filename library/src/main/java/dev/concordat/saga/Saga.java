package dev.concordat.saga;

import dev.concordat.core.StateCodec;
import dev.concordat.runner.States;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A saga: steps that each commit by themselves, and the compensations that counteract what is done
 * if the saga cannot be completed. Immutable; make one with {@link #named}.
 *
 * @param <S> the state that the steps hand on: an immutable record
 */
public final class Saga<S> {

  private final Class<S> type;
  private final SagaPlan plan;
  private final Map<String, StepCode<S>> code;
  private final Map<String, Function<S, String>> attributes;
  private final BranchMerger<S> merger;
  private final @Nullable StateCodec codec;

  Saga(
      Class<S> type,
      SagaPlan plan,
      Map<String, StepCode<S>> code,
      Map<String, Function<S, String>> attributes,
      BranchMerger<S> merger,
      @Nullable StateCodec codec) {
    this.type = type;
    this.plan = plan;
    this.code = new LinkedHashMap<>(code);
    this.attributes = new LinkedHashMap<>(attributes);
    this.merger = merger;
    this.codec = codec;
  }

  /**
   * Begins the declaration of a saga.
   *
   * @param name what instances in the database refer to; never reuse it for something else
   * @param state the class of its state
   */
  public static <S> SagaBuilder<S> named(String name, Class<S> state) {
    return new SagaBuilder<>(new SagaDraft<>(name, state));
  }

  /** Begins a branch for {@link SagaBuilder#parallel}. */
  public static <S> SagaBuilder<S> branch(Class<S> state) {
    return new SagaBuilder<>(new SagaDraft<>("branch", state));
  }

  /** The saga's name. */
  public String name() {
    return plan.name();
  }

  /** The saga's version. */
  public int version() {
    return plan.version();
  }

  /** The names of its steps, in order of declaration. */
  public java.util.List<String> steps() {
    return plan.allSteps().stream().map(SagaPlan.StepPlan::name).toList();
  }

  /** The saga as a Mermaid flow chart: steps, branches, compensations, the pivot. */
  public String toMermaid() {
    return Mermaid.of(plan);
  }

  Class<S> type() {
    return type;
  }

  SagaPlan plan() {
    return plan;
  }

  StepCode<S> code(String step) {
    return Objects.requireNonNull(code.get(step), step);
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

  BranchMerger<S> merger() {
    return merger;
  }

  States<S> states(StateCodec otherwise, int maxLength) {
    return new States<>(type, Objects.requireNonNullElse(codec, otherwise), maxLength);
  }

  @Override
  public String toString() {
    return plan.label();
  }
}
