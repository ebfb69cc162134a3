package dev.concordat.examples.run;

import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a coordinator is told to do.
 *
 * @param scenario the scenario's name
 * @param jdbcUrls the databases, in the scenario's order
 * @param first the number of the first transaction of the run
 * @param unluckyEvery every how many one is unlucky; 0 for none
 * @param numbers those that are to be executed
 * @param refuse the step whose branch refuses, or an empty text
 * @param stopAt the phase at which to say so and stand still, or an empty text
 * @param stopNumber the number of the transaction that stands still
 * @param tells whether to tell every moment
 * @param graceMillis how long what a dead coordinator left waits
 */
record AtomicJob(
    String scenario,
    List<String> jdbcUrls,
    long first,
    int unluckyEvery,
    List<Long> numbers,
    String refuse,
    String stopAt,
    long stopNumber,
    boolean tells,
    long graceMillis) {

  AtomicJob {
    jdbcUrls = List.copyOf(jdbcUrls);
    numbers = List.copyOf(numbers);
  }

  /** The same job for the coordinator that goes on with what is not answered. */
  AtomicJob goOn(List<Long> unanswered) {
    return new AtomicJob(
        scenario,
        jdbcUrls,
        first,
        unluckyEvery,
        unanswered,
        refuse,
        "",
        stopNumber,
        tells,
        graceMillis);
  }

  boolean isUnlucky(long number) {
    return unluckyEvery > 0 && (number - first + 1) % unluckyEvery == 0;
  }

  String toJson() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  static AtomicJob read(String json) {
    return JsonMapper.shared().readValue(json, AtomicJob.class);
  }
}
