package dev.concordat.examples.run;

import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker is told to do.
 *
 * @param scenario the scenario's name
 * @param jdbcUrl the database that Concordat lives in
 * @param addresses where each service listens
 * @param first the number of the first instance
 * @param runs how many instances
 * @param unluckyEvery every how many one is unlucky; 0 for none
 * @param refuse the step that is refused, or an empty text
 * @param stopAt the moment at which to say so and stand still, or an empty text
 * @param leaseMillis how long a dead worker's instances wait
 */
record Job(
    String scenario,
    String jdbcUrl,
    Map<String, String> addresses,
    long first,
    int runs,
    int unluckyEvery,
    String refuse,
    String stopAt,
    long leaseMillis) {

  Job {
    addresses = Map.copyOf(addresses);
  }

  /** The same job for the worker that goes on with it. */
  Job withoutStop() {
    return new Job(
        scenario, jdbcUrl, addresses, first, runs, unluckyEvery, refuse, "", leaseMillis);
  }

  String id(long number) {
    return scenario + "-" + number;
  }

  boolean isUnlucky(long number) {
    return unluckyEvery > 0 && (number - first + 1) % unluckyEvery == 0;
  }

  String toJson() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  static Job read(String json) {
    return JsonMapper.shared().readValue(json, Job.class);
  }
}
