package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.module.ModuleDescriptor;
import org.junit.jupiter.api.Test;

/** The house rules see what they are meant to see: they are shown a crooked house. */
class HouseRulesTest {
  private static final String CROOKED = "dev.concordat.house.planted";
  private static final JavaClasses CLASSES = new ClassFileImporter().importPackages(CROOKED);

  private final HouseRules rules = new HouseRules(CROOKED);

  @Test
  void anArrowThatPointsUpIsSeen() {
    assertThat(rules.floors(CLASSES))
        .anyMatch(finding -> finding.startsWith("core must not know saga"))
        .anyMatch(finding -> finding.startsWith("engine must not know the door"));
  }

  @Test
  void anArrowBetweenNeighboursIsSeen() {
    assertThat(rules.floors(CLASSES))
        .anyMatch(finding -> finding.startsWith("engine must not know postgres"));
  }

  @Test
  void aRoomWithoutFloorIsSeen() {
    assertThat(rules.floors(CLASSES))
        .contains("room attic stands on no floor: give it one in Floors");
  }

  @Test
  void anArrowThatPointsDownIsNot() {
    assertThat(rules.floors(CLASSES)).noneMatch(finding -> finding.startsWith("saga"));
  }

  @Test
  void aMachineThatReachesOutIsSeenAlsoThroughItsOwnPackage() {
    assertThat(rules.pureMachines(CLASSES))
        .anyMatch(finding -> finding.endsWith("knows java.sql.Connection through PlantedStep"))
        .anyMatch(finding -> finding.endsWith("knows java.util.concurrent.Executor"))
        .anyMatch(finding -> finding.endsWith("knows java.lang.Thread"))
        .noneMatch(finding -> finding.contains("PlantedWord"));
  }

  @Test
  void sqlInTheEngineOrInAMachineIsSeen() {
    assertThat(rules.noSql(CLASSES))
        .anyMatch(finding -> finding.contains("engine.PlantedWorker"))
        .anyMatch(finding -> finding.contains("saga.PlantedMachine"));
  }

  @Test
  void aCycleIsSeen() {
    assertThat(rules.packageCycles(CLASSES)).hasSize(1);
  }

  @Test
  void anOpenEngineIsSeen() {
    ModuleDescriptor open =
        ModuleDescriptor.newModule("planted")
            .exports(CROOKED + ".saga")
            .exports(CROOKED + ".engine.platform")
            .opens(CROOKED + ".postgres")
            .build();

    assertThat(rules.openedRooms(open))
        .containsExactlyInAnyOrder(CROOKED + ".engine.platform", CROOKED + ".postgres");
  }
}
