package dev.concordat.examples;

import java.util.List;
import java.util.stream.Collectors;

/** Every scenario there is. */
public final class Scenarios {

  private static final List<Scenario<?>> ALL =
      List.of(
          new OrderScenario(),
          new TravelScenario(),
          new WithdrawalLocalScenario(),
          new WithdrawalSagaScenario());

  private Scenarios() {}

  /** Every scenario, in the order in which they are best looked at. */
  public static List<Scenario<?>> all() {
    return ALL;
  }

  /**
   * The scenario of that name.
   *
   * @throws IllegalArgumentException if there is none, naming those there are
   */
  public static Scenario<?> named(String name) {
    return ALL.stream()
        .filter(scenario -> scenario.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no scenario '" + name + "'. There are: " + names() + "."));
  }

  private static String names() {
    return ALL.stream().map(Scenario::name).collect(Collectors.joining(", "));
  }
}
