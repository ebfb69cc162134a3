package dev.concordat.house;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Packages that know each other, directly or through others. */
final class Cycles {
  private final Map<String, Set<String>> known = new TreeMap<>();

  /** Of the packages below the root, and of the root itself. */
  Cycles(String root, JavaClasses classes) {
    for (JavaClass type : classes) {
      String from = type.getPackageName();
      if (isBelow(root, from)) {
        known
            .computeIfAbsent(from, name -> new TreeSet<>())
            .addAll(
                type.getDirectDependenciesFromSelf().stream()
                    .map(one -> one.getTargetClass().getBaseComponentType().getPackageName())
                    .filter(to -> isBelow(root, to) && !to.equals(from))
                    .toList());
      }
    }
  }

  private static boolean isBelow(String root, String name) {
    return name.equals(root) || name.startsWith(root + ".");
  }

  /** One sentence for each group of packages of which every one reaches every other. */
  List<String> found() {
    return known.keySet().stream()
        .map(this::together)
        .filter(group -> group.size() > 1)
        .map(group -> "these packages form a cycle: " + String.join(", ", group))
        .distinct()
        .toList();
  }

  private Set<String> together(String name) {
    Set<String> group = new TreeSet<>(Set.of(name));
    reached(name).stream().filter(other -> reached(other).contains(name)).forEach(group::add);
    return group;
  }

  private Set<String> reached(String name) {
    Set<String> reached = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(Set.of(name));
    while (!open.isEmpty()) {
      for (String next : known.getOrDefault(open.remove(), Set.of())) {
        if (reached.add(next)) {
          open.add(next);
        }
      }
    }
    return reached;
  }
}
