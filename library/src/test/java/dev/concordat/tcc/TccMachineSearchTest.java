package dev.concordat.tcc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.tcc.TccExplorer.Found;
import dev.concordat.tcc.TccWorld.Limits;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: no interleaving of answers, losses, duplicates, letters, ticks, expiries and crashes makes
 * one branch confirm and another cancel, or leaves a hold behind (T1; P2, P7, P10). Method:
 * breadth-first search of the real machine in a modelled world, each shape to closure.
 */
class TccMachineSearchTest {

  private static final int LIMIT = 2_000_000;

  private record Search(String shape, Limits limits) {}

  private static final List<Search> SEARCHES =
      List.of(
          new Search("a b", new Limits(2, 0, 1, 0)),
          new Search("a b", new Limits(1, 1, 1, 1)),
          new Search("a b", new Limits(0, 1, 2, 1)),
          new Search("a b", new Limits(3, 0, 0, 0)),
          new Search("a b", new Limits(1, 0, 0, 3)),
          new Search("a then b", new Limits(2, 1, 1, 0)),
          new Search("a then b", new Limits(1, 0, 1, 2)),
          new Search("a L", new Limits(2, 0, 1, 0)),
          new Search("a L", new Limits(1, 1, 1, 1)),
          new Search("L then a", new Limits(2, 1, 1, 1)),
          new Search("L then M", new Limits(2, 1, 1, 1)),
          new Search("a b L", new Limits(1, 0, 1, 0)),
          new Search("a b c", new Limits(1, 0, 1, 0)),
          new Search("a b c", new Limits(1, 1, 0, 0)),
          new Search("a then b then L", new Limits(1, 1, 1, 1)),
          new Search("a then b then c", new Limits(2, 0, 1, 0)));

  @Test
  @DisplayName("P2 P7 P10: every shape is searched to closure and keeps every law")
  void everyShapeIsSearchedToClosureAndKeepsEveryLaw() {
    List<Found> found =
        SEARCHES.parallelStream()
            .map(s ->
                new TccExplorer(TccShapes.of(s.shape()), s.limits(), TccMachine::decide)
                    .search(LIMIT))
            .toList();

    found.forEach(System.out::println);
    System.out.printf(
        "%d searches, %,d states in all%n",
        found.size(), found.stream().mapToInt(Found::states).sum());
    assertThat(found.stream().filter(result -> result.broken() != null)).isEmpty();
    assertThat(found).as("no search is vacuous").allMatch(result -> result.confirmed() > 0);
    assertThat(found).allMatch(result -> result.cancelled() > 0);
    assertThat(found.stream().mapToInt(Found::attention).sum()).isGreaterThan(1_000);
  }
}
