package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.reservation.Explorer.Found;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: no order of answers, losses, late and repeated evidence, clocks and crashes makes a
 * reservation confirm what did not happen, release what did, charge twice, or stand still (T1).
 * Method: breadth-first search of the real machine in a modelled world, each sketch to closure.
 */
class ReservationMachineSearchTest {

  private static final int LIMIT = 600_000;

  @Test
  @DisplayName("P2 P4 P10: every sketch is searched to closure and keeps every law")
  void everySketchIsSearchedToClosureAndKeepsEveryLaw() {
    List<Found> found =
        Sketch.all().parallelStream()
            .map(sketch -> new Explorer(sketch, Decider.REAL, LIMIT).search())
            .toList();

    found.forEach(System.out::println);
    System.out.printf(
        "%d sketches, %,d states in all%n",
        found.size(), found.stream().mapToInt(Found::states).sum());
    assertThat(found.stream().filter(result -> !result.isSound())).isEmpty();
    assertThat(found).as("no search is vacuous").allMatch(result -> result.confirmed() > 0);
    assertThat(found.stream().mapToInt(Found::released).sum()).isGreaterThan(1_000);
    assertThat(found.stream().mapToInt(Found::corrected).sum()).isGreaterThan(1_000);
  }
}
