package dev.concordat.house;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Machines are pure: what a {@code *Machine} reaches in its own package, and everything that
 * reaches in turn, knows only the foundation, the language, collections and time.
 */
final class Machines {
  private static final Pattern PLAIN_JAVA =
      Pattern.compile(
          "(java\\.lang(\\.annotation|\\.invoke|\\.runtime)?"
              + "|java\\.util(\\.function|\\.stream)?|java\\.time(\\..*)?|java\\.math"
              + "|org\\.jspecify\\.annotations)?");
  private static final Pattern IMPURE_TYPES =
      Pattern.compile(
          "java\\.lang\\.(Thread|Process|Runtime)\\w*|java\\.util\\.(Random|Timer\\w*)");

  private final String root;

  Machines(String root) {
    this.root = root;
  }

  /** Every reach of a machine beyond what a pure function may know, in words. */
  Set<String> broken(JavaClasses classes) {
    Set<String> findings = new TreeSet<>();
    for (JavaClass type : classes) {
      if (type.getSimpleName().endsWith("Machine") && type.getPackageName().startsWith(root)) {
        findings.addAll(broken(type));
      }
    }
    return findings;
  }

  private Set<String> broken(JavaClass machine) {
    Set<String> findings = new TreeSet<>();
    Set<JavaClass> seen = new HashSet<>(Set.of(machine));
    Deque<JavaClass> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      JavaClass type = open.remove();
      for (JavaClass target : targets(type)) {
        if (target.getPackageName().equals(machine.getPackageName())) {
          if (seen.add(target)) {
            open.add(target);
          }
        } else if (!isPure(target)) {
          findings.add(finding(machine, type, target));
        }
      }
    }
    return findings;
  }

  private static Set<JavaClass> targets(JavaClass type) {
    Set<JavaClass> targets = new HashSet<>();
    type.getDirectDependenciesFromSelf()
        .forEach(dependency -> targets.add(dependency.getTargetClass().getBaseComponentType()));
    return targets;
  }

  private boolean isPure(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(root + ".core")
        || (PLAIN_JAVA.matcher(name).matches() && !IMPURE_TYPES.matcher(type.getName()).matches());
  }

  private static String finding(JavaClass machine, JavaClass type, JavaClass target) {
    String through = type.equals(machine) ? "" : " through " + type.getSimpleName();
    return machine.getName() + " must be pure, but knows " + target.getName() + through;
  }
}
