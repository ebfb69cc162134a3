package dev.concordat.test;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a crash test found.
 *
 * @param name the definition's name
 * @param cases how many cases ran
 * @param fired how many of the cases' faults were injected
 * @param known the points there are, in every situation
 * @param hit those at which at least one fault was injected
 * @param completed how many cases ended COMPLETED
 * @param compensated how many ended COMPENSATED
 * @param waiting how many wait for a person
 * @param violations every law broken
 */
public record CrashReport(
    String name,
    int cases,
    int fired,
    Set<String> known,
    Set<String> hit,
    int completed,
    int compensated,
    int waiting,
    List<Violation> violations) {

  /** Copies the collections. */
  public CrashReport {
    known = new TreeSet<>(known);
    hit = new TreeSet<>(hit);
    violations = List.copyOf(violations);
  }

  /** The points at which no fault was injected. */
  public Set<String> missed() {
    Set<String> missed = new TreeSet<>(known);
    missed.removeAll(hit);
    return missed;
  }

  /**
   * Fails if a law was broken, a point was never hit, or the run was vacuous.
   *
   * @throws AssertionError with every violation, and how to repeat it
   */
  public CrashReport verify() {
    StringBuilder problems = new StringBuilder();
    violations.forEach(violation -> problems.append(violation).append('\n'));
    if (!missed().isEmpty()) {
      problems.append("no fault was injected at ").append(missed()).append('\n');
    }
    if (completed + compensated == 0 || (fired == 0 && !known.isEmpty())) {
      problems.append("the run is vacuous: nothing ended, or no fault was injected\n");
    }
    if (!problems.isEmpty()) {
      throw new AssertionError(this + "\n" + problems);
    }
    return this;
  }

  @Override
  public String toString() {
    return "%s: %d cases, %d faults injected, points hit/known %d/%d; %d completed, %d compensated,"
            .formatted(name, cases, fired, hit.size(), known.size(), completed, compensated)
        + " %d waiting; %d violations".formatted(waiting, violations.size());
  }
}
