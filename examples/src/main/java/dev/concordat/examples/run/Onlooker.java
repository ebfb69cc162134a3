package dev.concordat.examples.run;

import dev.concordat.examples.Evidence;
import dev.concordat.examples.Law;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/** Reads what is committed, again and again while transactions are under way. */
final class Onlooker implements AutoCloseable {

  private static final long BETWEEN_NANOS = 5_000_000;

  private final List<Law> laws;
  private final Evidence evidence;
  private final Map<String, TreeSet<String>> seen = new LinkedHashMap<>();
  private final Thread thread = new Thread(this::look, "onlooker");
  private volatile boolean over;
  private volatile boolean looked;

  Onlooker(List<Law> laws, Evidence evidence) {
    this.laws = List.copyOf(laws);
    this.evidence = evidence;
    laws.forEach(law -> seen.put(law.name(), new TreeSet<>()));
    thread.start();
  }

  private void look() {
    while (!over) {
      try {
        laws.forEach(law ->
            seen.getOrDefault(law.name(), new TreeSet<>())
                .addAll(law.check(evidence).violations()));
        looked = true;
      } catch (IllegalStateException e) {
        // A database is down, so there is nothing to see.
      }
      LockSupport.parkNanos(BETWEEN_NANOS);
    }
  }

  /** What it found; it has looked for the last time. */
  List<Law.Finding> findings() {
    close();
    List<String> blind = looked ? List.of() : List.of("it never saw all databases");
    return seen.entrySet().stream()
        .map(law -> {
          List<String> found = law.getValue().isEmpty() ? blind : List.copyOf(law.getValue());
          return new Law.Finding(
              "at every moment a reader looked: " + law.getKey(), found.isEmpty(), found);
        })
        .toList();
  }

  @Override
  public void close() {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
