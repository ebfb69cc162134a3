package dev.concordat.test;

import dev.concordat.core.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the points of an instance in every situation, and runs a case for each fault at each. */
final class Explorer {

  /** Only points that every fault-free run passes: how often a letter is met varies. */
  private static final int RECORDINGS = 3;

  private static final int TRIES = 6;
  private static final int MAX_VIOLATIONS = 25;

  private final CrashPlan plan;
  private final Ground ground;
  private final boolean crashesOnly;
  private final Function<@Nullable Status, List<String>> checks;
  private final Set<String> known = new LinkedHashSet<>();
  private final Set<String> hit = new LinkedHashSet<>();
  private final List<Violation> violations = new ArrayList<>();
  private final Map<Situation, Status> expected = new HashMap<>();
  private int cases;
  private int fired;
  private int completed;
  private int compensated;
  private int waiting;
  private int serial;

  Explorer(
      CrashPlan plan,
      Ground ground,
      Function<@Nullable Status, List<String>> checks,
      boolean crashesOnly) {
    this.crashesOnly = crashesOnly;
    this.plan = plan;
    this.ground = ground;
    this.checks = checks;
  }

  /** Every fault at every point of that situation; with pairs, two crashes one after the other. */
  void enumerate(Situation situation, boolean pairs) {
    CaseResult first = run(Case.without(situation));
    Set<String> points = first.pointsAfterFaults();
    for (int i = 1; i < RECORDINGS; i++) {
      points.retainAll(run(Case.without(situation)).pointsAfterFaults());
    }
    for (String point : points) {
      known.add(situation + " | " + point);
      for (Fault.Kind kind : StorePorts.kinds(point)) {
        if (violations.size() < MAX_VIOLATIONS && isWanted(kind, point)) {
          single(situation, new Fault(kind, point), pairs);
        }
      }
    }
  }

  private boolean isWanted(Fault.Kind kind, String point) {
    return switch (kind) {
      case CRASH_BEFORE, CRASH_AFTER -> true;
      case LOSE_ANSWER ->
          !crashesOnly || point.startsWith("Local.commit") || point.startsWith("Journal.append");
      default -> !crashesOnly;
    };
  }

  private void single(Situation situation, Fault fault, boolean pairs) {
    Case alone = Case.without(situation).and(fault);
    CaseResult result = run(alone);
    for (int i = 1; i < TRIES && !result.allFired(); i++) {
      result = run(alone);
    }
    String name = situation + " | " + fault.point();
    if (result.allFired()) {
      hit.add(name);
    } else if (!result.pointsAfterFaults().contains(fault.point()) && !hit.contains(name)) {
      // A run without this point: how often it is passed varies after all.
      known.remove(name);
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
    CaseResult result = new CaseRunner(plan, ground, "case-" + serial, given).run();
    count(result);
    List<String> broken = new ArrayList<>(plan.subject().broken(result));
    broken.addAll(checks.apply(result.status()));
    turnedBack(result).ifPresent(broken::add);
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

  /** A worker or a database in trouble is no reason of the business to turn back. */
  private Optional<String> turnedBack(CaseResult result) {
    Case given = result.given();
    if (given.faults().isEmpty()) {
      expected.put(given.situation(), Objects.requireNonNullElse(result.status(), Status.PENDING));
    }
    Status wanted = expected.get(given.situation());
    boolean harmless = given.faults().stream().noneMatch(Explorer::turnsBack);
    boolean enoughAttempts = given.faults().size() <= 1;
    return enoughAttempts
            && given.situation().isFine()
            && harmless
            && wanted != null
            && wanted != result.status()
        ? Optional.of(Laws.NOT_THE_BUSINESS + ": it ended " + result.status() + ", not " + wanted)
        : Optional.empty();
  }

  private static boolean turnsBack(Fault fault) {
    return !fault.kind().losesWorker() && StorePorts.isUserCode(fault.point());
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

  CrashReport report() {
    return new CrashReport(
        plan.subject().name(),
        cases,
        fired,
        known,
        hit,
        completed,
        compensated,
        waiting,
        violations);
  }
}
