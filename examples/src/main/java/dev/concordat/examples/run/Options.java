package dev.concordat.examples.run;

import dev.concordat.examples.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a scenario is run.
 *
 * @param runs how many instances
 * @param fail the step that is refused, if one is to be
 * @param killAt the moment at which the worker is killed, if it is to be; see {@link #moments}
 * @param unluckyEvery every how many instances one is of the kind that the business refuses; 0 for
 *     none
 * @param lease how long the instances of a killed worker wait for another, at most
 */
public record Options(
    int runs, Optional<String> fail, Optional<String> killAt, int unluckyEvery, Duration lease) {

  /** What stands before a step's name when its compensation is meant. */
  public static final String COMPENSATE = "compensate ";

  /** The most runs. */
  public static final int MAX_RUNS = 100_000;

  private static final Duration LEASE = Duration.ofSeconds(2);

  /** Checks the numbers. */
  public Options {
    if (runs < 1 || runs > MAX_RUNS) {
      throw new IllegalArgumentException(
          "The number of runs is 1 to " + MAX_RUNS + ", not " + runs + ".");
    }
  }

  /** That many instances that all succeed. */
  public static Options runs(int runs) {
    return new Options(runs, Optional.empty(), Optional.empty(), 0, LEASE);
  }

  /** The same with that step refused. */
  public Options failing(String step) {
    return new Options(runs, Optional.of(step), killAt, unluckyEvery, lease);
  }

  /** The same with the worker killed at that moment. */
  public Options killedAt(String moment) {
    return new Options(runs, fail, Optional.of(moment), unluckyEvery, lease);
  }

  /** The same with one in that many refused by the business. */
  public Options unluckyEvery(int every) {
    if (every < 1) {
      throw new IllegalArgumentException(
          "Every how many one fails is 1 or more, not " + every + ".");
    }
    return new Options(runs, fail, killAt, every, lease);
  }

  /** The same with that lease. */
  public Options lease(Duration newLease) {
    return new Options(runs, fail, killAt, unluckyEvery, newLease);
  }

  /** The moments at which a worker can be killed: at a step, or at the compensation of one. */
  public static List<String> moments(Scenario<?> scenario) {
    List<String> steps = scenario.steps();
    return Stream.concat(steps.stream(), steps.stream().map(COMPENSATE::concat)).toList();
  }

  /**
   * Looks whether the scenario has the steps that are named here.
   *
   * @throws IllegalArgumentException if not, naming those it has
   */
  public void checkFor(Scenario<?> scenario) {
    fail.ifPresent(step -> known(scenario, step, scenario.steps()));
    killAt.ifPresent(moment -> known(scenario, moment, moments(scenario)));
  }

  private static void known(Scenario<?> scenario, String wanted, List<String> there) {
    if (!there.contains(wanted)) {
      throw new IllegalArgumentException(
          "Scenario '%s' has no step '%s'. Its steps are: %s."
              .formatted(scenario.name(), wanted, String.join(", ", scenario.steps())));
    }
  }
}
