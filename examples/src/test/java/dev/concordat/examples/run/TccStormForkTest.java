package dev.concordat.examples.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.Scenarios;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: three services all confirm or all give back, what is held is spent by nobody else, and
 * nothing stays held, whoever is killed (cases 59 and 66; P2, P7, P10). Method: coordinators, the
 * services and their databases are killed at random, one or two at once, while transactions are
 * started all the time; a reader looks on, and afterwards the tables are the oracle.
 */
class TccStormForkTest {

  @TempDir private Path folder;

  @Test
  @DisplayName("P2, P7, P10: all three confirm or none does, in a storm")
  void theStorm() throws Exception {
    try (HoldStorm storm = new HoldStorm(Scenarios.holding("withdrawal-tcc"), folder)) {
      storm.open();
      try (Onlooker onlooker = storm.onlooker()) {
        storm.rage(() -> {}, () -> {}, () -> true);
        storm.calm(() -> {});
        storm.assertNotVacuous();
        assertThat(onlooker.findings())
            .isNotEmpty()
            .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
      }
    }
  }
}
