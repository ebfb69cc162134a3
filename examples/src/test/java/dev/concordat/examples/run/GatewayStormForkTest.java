package dev.concordat.examples.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.Scenarios;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.outside.Fault;
import dev.concordat.examples.outside.OutsideSystem;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: what a gateway charged and what is confirmed here are the same, nothing is charged twice or
 * without an intent, and after reconciling nothing is unknown or held, whoever is killed (cases 67
 * to 71; P2, P4, P10). Method: workers, the gateway and its database are killed at random, one or
 * two at once, while the gateway is late, silent or refuses, and every third callback is lost; a
 * reader looks on, and afterwards the tables of both sides are the oracle.
 */
class GatewayStormForkTest {

  private static final String GATEWAY = OutsideSystem.GATEWAY.word();
  private static final Set<Fault> FAULTS =
      EnumSet.of(Fault.NONE, Fault.LATE, Fault.SILENT, Fault.REFUSE);
  private static final String LOSE_CALLBACKS =
      """
      CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.delivered := NEW.no % 3 = 0; RETURN NEW; END $$;
      CREATE TRIGGER lose BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION lose();
      """;

  private final Set<Fault> seen = EnumSet.noneOf(Fault.class);
  private final List<Fault> ahead = new ArrayList<>();

  @TempDir private Path folder;

  @Test
  @DisplayName("P2, P4, P10: both sides agree after a storm")
  void theStorm() throws Exception {
    HoldScenario scenario = Scenarios.holding("payment-gateway");
    try (HoldStorm storm = new HoldStorm(scenario, folder)) {
      storm.open();
      loseCallbacks(storm);
      try (Onlooker onlooker = storm.onlooker()) {
        storm.rage(() -> misbehave(storm), () -> behave(storm), () -> seen.containsAll(FAULTS));
        storm.calm(() -> settle(storm));
        storm.assertNotVacuous();
        assertNothingUnknown(storm);
        assertThat(onlooker.findings())
            .isNotEmpty()
            .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
      }
    }
  }

  private static void loseCallbacks(HoldStorm storm) throws SQLException {
    try (Connection connection = storm.mortals().database(GATEWAY).getConnection()) {
      Sql.script(connection, LOSE_CALLBACKS);
    }
  }

  private void misbehave(HoldStorm storm) {
    if (ahead.isEmpty()) {
      ahead.addAll(FAULTS);
      Collections.shuffle(ahead, storm.random());
    }
    Fault fault = ahead.removeLast();
    seen.add(fault);
    storm.mortals().tell("fault", fault.name());
  }

  private static void behave(HoldStorm storm) {
    storm.mortals().tell("fault", Fault.NONE.name());
  }

  /** The day is over, and the gateway sends its file. */
  private static void settle(HoldStorm storm) {
    try (Concordat telling = Concordat.on(storm.mortals().database(HoldScenario.HOME)).client()) {
      Settlements.take(storm.mortals().address(GATEWAY), telling);
    }
  }

  private static void assertNothingUnknown(HoldStorm storm) {
    assertThat(storm.rows("SELECT key FROM concordat.hold WHERE NOT settled"))
        .as("reservations of which nobody knows how they stand")
        .isEmpty();
    assertThat(storm.rows("SELECT key FROM concordat.stray"))
        .as("charges without an intent")
        .isEmpty();
  }
}
