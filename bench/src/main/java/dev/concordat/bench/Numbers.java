package dev.concordat.bench;

import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Medians, digits and the heap. */
final class Numbers {

  private static final MathContext DIGITS = new MathContext(4);

  private Numbers() {}

  /** The median, or null of nothing. */
  static <T> @Nullable Double median(List<T> of, ToDoubleFunction<T> number) {
    double[] sorted = of.stream().mapToDouble(number).sorted().toArray();
    int n = sorted.length;
    return n == 0 ? null : digits((sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
  }

  static <T> @Nullable Double min(List<T> of, ToDoubleFunction<T> number) {
    return digits(of.stream().mapToDouble(number).min().orElse(Double.NaN));
  }

  static <T> @Nullable Double max(List<T> of, ToDoubleFunction<T> number) {
    return digits(of.stream().mapToDouble(number).max().orElse(Double.NaN));
  }

  /** The same number with four digits, since nothing measured has more. */
  static @Nullable Double digits(double number) {
    return Double.isFinite(number) ? new BigDecimal(number).round(DIGITS).doubleValue() : null;
  }

  /** How many megabytes the heap holds after two full collections. */
  static @Nullable Double heapMb() {
    System.gc();
    System.gc();
    return digits(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6);
  }
}
