package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The compiled classes of every module keep the order of the house: arrows only point down. */
class HouseTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPaths(Project.classFolders());

  private final HouseRules rules = new HouseRules("dev.concordat");

  @Test
  void findsTheClassesItChecks() {
    assertThat(Project.classFolders()).hasSizeGreaterThanOrEqualTo(6);
    assertThat(CLASSES).isNotEmpty();
  }

  @Test
  void roomsKnowOnlyTheRoomsBelowThem() {
    JavaClasses library =
        new ClassFileImporter().importPath(Project.root().resolve("library/target/classes"));

    assertThat(rules.floors(library)).isEmpty();
  }

  @Test
  void machinesArePure() {
    assertThat(rules.pureMachines(CLASSES)).isEmpty();
  }

  @Test
  void neitherTheEngineNorAMachineSpeaksSql() {
    assertThat(rules.noSql(CLASSES)).isEmpty();
  }

  @Test
  void packagesFormNoCycle() {
    assertThat(rules.packageCycles(CLASSES)).isEmpty();
  }

  @Test
  void theEngineAndItsSqlStayInside() throws IOException {
    Path descriptor = Project.root().resolve("library/target/classes/module-info.class");
    try (InputStream in = Files.newInputStream(descriptor)) {
      ModuleDescriptor module = ModuleDescriptor.read(in);

      assertThat(module.name()).isEqualTo("dev.concordat");
      assertThat(module.exports()).isNotEmpty();
      assertThat(rules.openedRooms(module)).isEmpty();
    }
  }
}
