package dev.concordat.tcc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.tcc.TccExplorer.Found;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: the search of the machine finds bugs of the kinds it is meant to find (P2, P7, P10).
 * Method: a machine with one planted bug each; the search must name the law and give a short trace.
 */
class TccPlantedBugsTest {

  private static final int LIMIT = 200_000;
  private static final int SHORT = 15;
  private static final TccWorld.Limits LIMITS = new TccWorld.Limits(1, 0, 0, 1);

  @ParameterizedTest
  @EnumSource
  void aPlantedBugIsFoundWithAShortTrace(TccPlanted bug) {
    Found found = new TccExplorer(TccShapes.of(bug.shape), LIMITS, bug).search(LIMIT);

    System.out.println(bug + " " + found);
    assertThat(found.broken()).startsWith(bug.law);
    assertThat(found.trace()).hasSizeBetween(1, SHORT);
  }

  @ParameterizedTest
  @EnumSource
  void theRealMachineKeepsTheSameLawsThere(TccPlanted bug) {
    TccPlan plan = TccShapes.of(bug.shape);

    assertThat(new TccExplorer(plan, LIMITS, TccMachine::decide).search(LIMIT).broken()).isNull();
  }
}
