package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.saga.Explorer.Found;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: no interleaving of answers, losses, letters, ticks and crashes breaks P2, P3, P5 or P10.
 * Method: breadth-first search of the real machine in a modelled world, to closure (T1).
 */
class SagaMachineSearchTest {

  private static final int LIMIT = 3_000_000;

  @Test
  void everySketchIsSearchedToClosureAndKeepsEveryLaw() {
    List<Found> found =
        Sketches.all().stream()
            .map(sketch -> new Explorer(sketch, SagaMachine::decide, LIMIT).search())
            .peek(System.out::println)
            .toList();

    assertThat(found.stream().filter(result -> !result.isSound())).isEmpty();
  }
}
