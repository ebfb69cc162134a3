package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: branches that change components of their own are merged, and a conflict is named. Method:
 * merging of small records by hand, in every order.
 */
class RecordMergerTest {

  private record Trip(@Nullable String flight, @Nullable String hotel, int price) {}

  private final RecordMerger<Trip> merger = new RecordMerger<>(Trip.class);
  private final Trip before = new Trip(null, null, 7);

  @Test
  void eachBranchChangesComponentsOfItsOwn() {
    Trip flight = new Trip("LX1", null, 7);
    Trip hotel = new Trip(null, "Ritz", 7);

    assertThat(merger.merge(before, List.of(flight, hotel))).isEqualTo(new Trip("LX1", "Ritz", 7));
    assertThat(merger.merge(before, List.of(hotel, flight))).isEqualTo(new Trip("LX1", "Ritz", 7));
  }

  @Test
  void aBranchThatChangedNothingTakesNothingBack() {
    assertThat(merger.merge(before, List.of(new Trip("LX1", null, 7), before)))
        .isEqualTo(new Trip("LX1", null, 7));
    assertThat(merger.merge(before, List.of(before, new Trip("LX1", null, 7))))
        .isEqualTo(new Trip("LX1", null, 7));
  }

  @Test
  void nothingToMergeLeavesTheStateAsItWas() {
    assertThat(merger.merge(before, List.of())).isEqualTo(before);
  }

  @Test
  void theSameChangeTwiceIsNoConflict() {
    Trip cheaper = new Trip(null, null, 5);

    assertThat(merger.merge(before, List.of(cheaper, cheaper))).isEqualTo(cheaper);
  }

  @Test
  void aConflictNamesTheComponentAndTheWayOut() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> merger.merge(before, List.of(new Trip(null, null, 5), new Trip(null, null, 6))))
        .withMessage(
            "two parallel branches gave 'price' of Trip different values: let each change"
                + " components of its own, or declare merging(…)");
  }
}
