package dev.concordat.test;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which steps fail whenever they are tried: what sends a saga down one path or another.
 *
 * @param failing the steps that fail, and how
 */
record Situation(Map<String, FailureMode> failing) {

  static final Situation FINE = new Situation(Map.of());
  private static final String NAME = "all steps succeed";

  Situation {
    failing = new LinkedHashMap<>(failing);
  }

  static Situation failing(String step, FailureMode mode) {
    return new Situation(Map.of(step, mode));
  }

  static Situation parse(String text) {
    if (text.equals(NAME)) {
      return FINE;
    }
    Map<String, FailureMode> failing = new LinkedHashMap<>();
    for (String part : text.split(", ", -1)) {
      int colon = part.indexOf('=');
      failing.put(part.substring(0, colon), FailureMode.valueOf(part.substring(colon + 1)));
    }
    return new Situation(failing);
  }

  boolean isFine() {
    return failing.isEmpty();
  }

  @Override
  public String toString() {
    return isFine()
        ? NAME
        : failing.entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue())
            .collect(Collectors.joining(", "));
  }
}
