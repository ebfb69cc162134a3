package dev.concordat.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One line of the result.
 *
 * @param name of the case
 * @param figures by name, as in the JSON; those that do not apply are not there
 * @param voidRounds why rounds do not count, those that do not
 */
public record Row(String name, Map<String, Number> figures, List<String> voidRounds) {

  /** Copies both. */
  public Row {
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    voidRounds = List.copyOf(voidRounds);
  }

  static Row of(String name) {
    return new Row(name, Map.of(), List.of());
  }

  /** The same with one figure more; without it if there is none. */
  Row with(String figure, @Nullable Number value) {
    Map<String, Number> more = new LinkedHashMap<>(figures);
    if (value != null) {
      more.put(figure, value);
    }
    return new Row(name, more, voidRounds);
  }

  Row withVoid(List<String> rounds) {
    return new Row(name, figures, rounds);
  }

  /** A figure, if it applies. */
  public OptionalDouble figure(String figure) {
    Number value = figures.get(figure);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.doubleValue());
  }
}
