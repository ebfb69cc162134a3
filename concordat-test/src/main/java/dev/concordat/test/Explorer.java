package dev.concordat.test;

import dev.concordat.core.Status;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the points of a saga in every situation, and runs a case for each fault at each. */
final class Explorer<S> {

  private static final int TRIES = 4;
  private static final int MAX_VIOLATIONS = 25;

  private final CrashPlan<S> plan;
  private final Ground ground;
  private final Function<@Nullable Status, List<String>> checks;
  private final Set<String> known = new LinkedHashSet<>();
  private final Set<String> hit = new LinkedHashSet<>();
  private final List<Violation> violations = new ArrayList<>();
  private int cases;
  private int fired;
  private int completed;
  private int compensated;
  private int waiting;
  private int serial;

  Explorer(CrashPlan<S> plan, Ground ground, Function<@Nullable Status, List<String>> checks) {
    this.plan = plan;
    this.ground = ground;
    this.checks = checks;
  }

  /** Every fault at every point of that situation; with pairs, two crashes one after the other. */
  void enumerate(Situation situation, boolean pairs) {
    CaseResult first = run(Case.without(situation));
    for (String point : first.pointsAfterFaults()) {
      known.add(situation + " | " + point);
      for (Fault.Kind kind : StorePorts.kinds(point)) {
        if (violations.size() < MAX_VIOLATIONS) {
          single(situation, new Fault(kind, point), pairs);
        }
      }
    }
  }

  private void single(Situation situation, Fault fault, boolean pairs) {
    Case alone = Case.without(situation).and(fault);
    CaseResult result = run(alone);
    for (int i = 1; i < TRIES && !result.allFired(); i++) {
      result = run(alone);
    }
    if (result.allFired()) {
      hit.add(situation + " | " + fault.point());
    }
    if (pairs && isCrash(fault) && result.allFired()) {
      second(alone, result.pointsAfterFaults());
    }
  }

  private void second(Case alone, Set<String> points) {
    for (String point : points) {
      for (Fault.Kind kind : List.of(Fault.Kind.CRASH_BEFORE, Fault.Kind.CRASH_AFTER)) {
        Fault fault = new Fault(kind, point);
        if (isCrash(fault) && violations.size() < MAX_VIOLATIONS) {
          run(alone.and(fault));
        }
      }
    }
  }

  /** Reads leave nothing behind, so a second crash around them is as good as one before. */
  private static boolean isCrash(Fault fault) {
    return (fault.kind() == Fault.Kind.CRASH_BEFORE || fault.kind() == Fault.Kind.CRASH_AFTER)
        && StorePorts.leavesSomething(fault.point());
  }

  CaseResult run(Case given) {
    serial++;
    long tmp = System.nanoTime();
    CaseResult result = new CaseRunner<>(plan, ground, "case-" + serial, given).run();
    count(result);
    System.err.println(
        "CASE "
            + (System.nanoTime() - tmp) / 1000000
            + " ms "
            + given.name()
            + " "
            + result.status());
    List<String> broken = new ArrayList<>(Laws.broken(result));
    broken.addAll(checks.apply(result.status()));
    for (String law : broken) {
      int colon = law.indexOf(": ");
      violations.add(
          new Violation(
              law.substring(0, colon),
              law.substring(colon + 2),
              given.name(),
              result.trace().lines()));
    }
    return result;
  }

  private void count(CaseResult result) {
    cases++;
    fired += (int) result.lives().stream().filter(FaultPoints::fired).count();
    if (result.status() == Status.COMPLETED) {
      completed++;
    } else if (result.status() == Status.COMPENSATED) {
      compensated++;
    } else {
      waiting++;
    }
  }

  CrashReport report(String name) {
    return new CrashReport(
        name, cases, fired, known, hit, completed, compensated, waiting, violations);
  }
}
