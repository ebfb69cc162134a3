package dev.concordat.reservation;

import dev.concordat.core.StateCodec;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Something that is held here while a system that nobody controls is asked to do its part: declared
 * once, over an immutable state. Hold, call, then confirm or release. Thread-safe.
 *
 * @param <S> the state's type, usually a record
 */
public final class Reservation<S> {

  private final Class<S> type;
  private final ReservationPlan plan;
  private final ReservationCode<S> code;
  private final @Nullable StateCodec codec;
  private final Map<String, Function<S, String>> attributes;

  Reservation(
      Class<S> type,
      ReservationPlan plan,
      ReservationCode<S> code,
      @Nullable StateCodec codec,
      Map<String, Function<S, String>> attributes) {
    this.type = type;
    this.plan = plan;
    this.code = code;
    this.codec = codec;
    this.attributes = Map.copyOf(attributes);
  }

  /**
   * Begins a declaration.
   *
   * @param name tells it from others, in journals too: it must not change
   * @param type the state's type
   */
  public static <S> ReservationBuilder<S> named(String name, Class<S> type) {
    return new ReservationBuilder<>(name, type);
  }

  /** Its name. */
  public String name() {
    return plan.name();
  }

  /** Its version. */
  public int version() {
    return plan.version();
  }

  /** The outside system that it calls. */
  public String provider() {
    return plan.provider();
  }

  Class<S> type() {
    return type;
  }

  ReservationPlan plan() {
    return plan;
  }

  ReservationCode<S> code() {
    return code;
  }

  StateCodec codec(StateCodec otherwise) {
    return Objects.requireNonNullElse(codec, otherwise);
  }

  Map<String, String> attributesOf(S state) {
    Map<String, String> values = new TreeMap<>();
    attributes.forEach((name, value) -> values.put(name, value.apply(state)));
    return values;
  }

  @Override
  public String toString() {
    return plan.label();
  }
}
