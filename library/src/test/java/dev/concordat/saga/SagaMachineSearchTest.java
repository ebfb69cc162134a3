package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.saga.Explorer.Found;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: no interleaving of answers, losses, letters, ticks and crashes breaks P2, P3, P5 or P10
 * (T1). Method: breadth-first search of the real machine in a modelled world, each sketch to
 * closure.
 */
class SagaMachineSearchTest {

  private static final int LIMIT = 1_000_000;

  @Test
  @DisplayName("P2 P3 P5 P10: every sketch is searched to closure and keeps every law")
  void everySketchIsSearchedToClosureAndKeepsEveryLaw() {
    List<Found> found =
        Sketches.all().parallelStream()
            .map(sketch -> new Explorer(sketch, SagaMachine::decide, LIMIT).search())
            .toList();

    found.forEach(System.out::println);
    System.out.printf(
        "%d sketches, %,d states in all%n",
        found.size(), found.stream().mapToInt(Found::states).sum());
    assertThat(found.stream().filter(result -> !result.isSound())).isEmpty();
    assertThat(found).as("no search is vacuous").allMatch(result -> result.completed() > 0);
    assertThat(found.stream().mapToInt(Found::compensated).sum()).isGreaterThan(1_000);
    assertThat(found.stream().mapToInt(Found::attention).sum()).isGreaterThan(1_000);
  }
}
