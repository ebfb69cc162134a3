package dev.concordat.house;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The house as drawn in the design: which room of the library may know which other.
 *
 * <p>A room is a package directly below the root package, with everything below it. The root
 * package itself is the door, which wires the rooms and so knows them all; no room knows the door.
 */
final class Floors {
  private static final String DOOR = "";
  private static final String[] GROUND = {"core", "store", "engine", "runner"};

  /** Each room with the rooms below it; neighbours on a floor do not appear. */
  private static final Map<String, Set<String>> BELOW = rooms();

  private final String root;

  Floors(String root) {
    this.root = root;
  }

  private static Map<String, Set<String>> rooms() {
    Map<String, Set<String>> below = new HashMap<>();
    below.put("core", Set.of());
    below.put("json", Set.of("core"));
    below.put("store", Set.of("core"));
    below.put("postgres", Set.of("core", "store"));
    below.put("engine", Set.of("core", "store"));
    below.put("runner", Set.of("core", "store", "engine"));
    for (String room : List.of("saga", "tcc", "atomic", "reservation", "messaging", "events")) {
      below.put(room, Set.of(GROUND));
    }
    below.put("http", over("saga", "atomic", "tcc"));
    below.put("choreography", over("messaging"));
    below.put("cqrs", over("events"));
    below.put(DOOR, Set.copyOf(below.keySet()));
    return Map.copyOf(below);
  }

  private static Set<String> over(String... rooms) {
    Set<String> below = new LinkedHashSet<>(Set.of(GROUND));
    below.addAll(List.of(rooms));
    return Set.copyOf(below);
  }

  /** Every dependency that points up or sideways, in words. */
  Set<String> broken(JavaClasses classes) {
    Set<String> findings = new TreeSet<>();
    for (JavaClass type : classes) {
      room(type).ifPresent(room -> findings.addAll(broken(type, room)));
    }
    return findings;
  }

  private Set<String> broken(JavaClass type, String room) {
    Set<String> below = BELOW.get(room);
    if (below == null) {
      return Set.of("room " + room + " stands on no floor: give it one in Floors");
    }
    Set<String> findings = new TreeSet<>();
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      room(dependency.getTargetClass())
          .filter(target -> !target.equals(room) && !below.contains(target))
          .ifPresent(target -> findings.add(finding(dependency, room, target)));
    }
    return findings;
  }

  private static String finding(Dependency dependency, String room, String target) {
    String to = target.equals(DOOR) ? "the door" : target;
    return room + " must not know " + to + ": " + dependency.getDescription();
  }

  /** The room a class stands in; empty for a class outside the house. */
  Optional<String> room(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName();
    if (name.equals(root)) {
      return Optional.of(DOOR);
    }
    if (!name.startsWith(root + ".")) {
      return Optional.empty();
    }
    String below = name.substring(root.length() + 1);
    return Optional.of(below.split("\\.", 2)[0]);
  }
}
