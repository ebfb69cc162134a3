package dev.concordat.bench;

import java.util.Arrays;
import java.util.Collection;

/** How long units of work took. */
final class Latencies {

  private long[] nanos = new long[1024];
  private int count;

  void add(long duration) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = duration;
  }

  int count() {
    return count;
  }

  static Latencies all(Collection<Latencies> parts) {
    Latencies sum = new Latencies();
    sum.nanos = parts.stream().flatMapToLong(l -> Arrays.stream(l.nanos, 0, l.count)).toArray();
    sum.count = sum.nanos.length;
    Arrays.sort(sum.nanos);
    return sum;
  }

  /** How many milliseconds that part of the units took at most; only of what {@link #all} gave. */
  double percentile(double part) {
    if (count == 0) {
      return Double.NaN;
    }
    int index = (int) Math.ceil(part * count) - 1;
    return nanos[Math.max(0, index)] / 1e6;
  }
}
