package dev.concordat.tcc;

import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Shapes to search: names of branches, capitals local, in parallel or one {@code then} another. */
final class TccShapes {

  private static final RetryPolicy TWICE =
      RetryPolicy.exponential(Duration.ofSeconds(2)).withoutJitter().attempts(2);

  private TccShapes() {}

  static TccPlan of(String shape) {
    List<TccPlan.Branch> branches =
        Arrays.stream(shape.split(" (then )?"))
            .map(name -> new TccPlan.Branch(name, Character.isUpperCase(name.charAt(0))))
            .toList();
    return new TccPlan(
        shape,
        1,
        branches,
        shape.contains("then"),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60),
        TWICE,
        TWICE);
  }
}
