package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Verb;
import dev.concordat.saga.Explorer.Found;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: the search of the saga machine finds bugs of the kinds it is meant to find (P2, P3, P5,
 * P10). Method: a machine with one planted bug each; the search must name the law and give a short
 * trace.
 */
class PlantedBugsTest {

  private static final int LIMIT = 200_000;
  private static final int SHORT = 30;

  private static Sketch sketch(Planted bug) {
    return Sketch.of(bug.steps).signals(1).asked(1, Verb.CANCEL);
  }

  @ParameterizedTest
  @EnumSource
  void aPlantedBugIsFoundWithAShortTrace(Planted bug) {
    Found found = new Explorer(sketch(bug), bug, LIMIT).search();

    System.out.println(bug + " " + found);
    assertThat(found.broken()).startsWith(bug.law);
    assertThat(found.trace()).hasSizeBetween(1, SHORT);
  }

  @ParameterizedTest
  @EnumSource
  void theRealMachineKeepsTheSameLawsThere(Planted bug) {
    assertThat(new Explorer(sketch(bug), SagaMachine::decide, LIMIT).search().broken()).isNull();
  }
}
