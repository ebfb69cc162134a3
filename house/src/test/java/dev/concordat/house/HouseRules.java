package dev.concordat.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.module.ModuleDescriptor;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules on who may know whom, each answering with what breaks it. */
final class HouseRules {
  private static final Set<String> CLOSED_ROOMS = Set.of("engine", "postgres", "runner");

  private final String root;

  HouseRules(String root) {
    this.root = root;
  }

  Set<String> floors(JavaClasses classes) {
    return new Floors(root).broken(classes);
  }

  Set<String> pureMachines(JavaClasses classes) {
    return new Machines(root).broken(classes);
  }

  /** The engine and the machines reach the database through the store's ports, never by SQL. */
  List<String> noSql(JavaClasses classes) {
    return Stream.of(
            noClasses().that().resideInAPackage(root + ".engine.."),
            noClasses().that().haveSimpleNameEndingWith("Machine"))
        .map(those ->
            those.should().dependOnClassesThat().resideInAnyPackage("java.sql..", "javax.sql.."))
        .flatMap(rule -> broken(rule, classes).stream())
        .toList();
  }

  List<String> packageCycles(JavaClasses classes) {
    return new Cycles(root, classes).found();
  }

  /** The packages a module lets others see although they are rooms without a door. */
  Set<String> openedRooms(ModuleDescriptor module) {
    Stream<String> exported = module.exports().stream().map(ModuleDescriptor.Exports::source);
    Stream<String> opened = module.opens().stream().map(ModuleDescriptor.Opens::source);
    return Stream.concat(exported, opened).filter(this::isClosed).collect(Collectors.toSet());
  }

  private boolean isClosed(String name) {
    return CLOSED_ROOMS.stream()
        .map(room -> root + "." + room)
        .anyMatch(room -> name.equals(room) || name.startsWith(room + "."));
  }

  private static List<String> broken(ArchRule rule, JavaClasses classes) {
    return rule.allowEmptyShould(true).evaluate(classes).getFailureReport().getDetails();
  }
}
