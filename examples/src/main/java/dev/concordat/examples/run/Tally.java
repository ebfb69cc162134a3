package dev.concordat.examples.run;

import java.util.Arrays;
import tools.jackson.databind.json.JsonMapper;

/**
 * How long it took.
 *
 * @param seconds all of it
 * @param perSecond instances per second
 * @param p50Millis the median time from start to end of an instance
 * @param p99Millis the time within which 99 of 100 ended
 */
public record Tally(double seconds, double perSecond, double p50Millis, double p99Millis) {

  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  static Tally of(long[] nanos, long allNanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    double seconds = allNanos / NANOS_PER_SECOND;
    return new Tally(
        seconds, sorted.length / seconds, percentile(sorted, 50), percentile(sorted, 99));
  }

  /** Nearest rank. */
  private static double percentile(long[] sorted, int percent) {
    int rank = (sorted.length * percent + 99) / 100;
    return sorted[Math.max(0, rank - 1)] / NANOS_PER_MILLI;
  }

  String toJson() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  static Tally read(String json) {
    return JsonMapper.shared().readValue(json, Tally.class);
  }
}
