package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Goal: many wait in turn, and nobody waits for those who came twice. */
class PaceTest {

  private static final Duration MOST = Duration.ofMinutes(2);

  private final Pace pace = new Pace(2);

  private void fill() {
    while (pace.enter(0, 0).isZero()) {
      pace.leave(0);
      assertThat(pace.enter(0, 0)).isZero();
    }
  }

  @Test
  void turnsFollowOneAnother() {
    fill();
    Duration first = pace.enter(0, 0.5);
    Duration second = pace.enter(0, 0.5);

    assertThat(first).isGreaterThan(Duration.ofSeconds(3));
    assertThat(second).isGreaterThan(first);
  }

  @Test
  void whoIsNewDoesNotWaitForHoweverManyCameBefore() {
    fill();
    for (int i = 0; i < 1_000_000; i++) {
      assertThat(pace.enter(0, i / 1e6)).isBetween(Duration.ofSeconds(3), MOST);
    }
    long later = MOST.toNanos();

    assertThat(pace.enter(later, 0.5)).isLessThan(Duration.ofSeconds(4));
  }
}
