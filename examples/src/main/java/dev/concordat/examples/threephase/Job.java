package dev.concordat.examples.threephase;

import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a coordinator's process is told.
 *
 * @param first the number of the first transfer
 * @param runs how many
 * @param unluckyEvery every how many one asks for more than there is; 0 for none
 * @param ports where the services are, seen from the coordinator
 * @param phase where to stand still, or an empty text
 * @param unsafe whether the textbook's rule ends what the coordinator leaves
 * @param patienceMillis how long it waits for votes
 */
public record Job(
    long first,
    int runs,
    int unluckyEvery,
    Map<String, Integer> ports,
    String phase,
    boolean unsafe,
    long patienceMillis) {

  /** The same, not standing still. */
  public Job withoutStop() {
    return new Job(first, runs, unluckyEvery, ports, "", unsafe, patienceMillis);
  }

  /** As a line. */
  public String toJson() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  static Job read(String json) {
    return JsonMapper.shared().readValue(json, Job.class);
  }

  boolean isUnlucky(long number) {
    return unluckyEvery > 0 && number % unluckyEvery == 0;
  }
}
