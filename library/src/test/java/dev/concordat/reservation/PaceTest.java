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
      pace.turn().ends(0);
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

  private static void turn(Pace pace, long began, long took) {
    Pace.Turn turn = pace.turn();
    turn.begins(began);
    turn.ends(began + took);
  }

  private Duration afterManyOf(long began, long took) {
    for (int i = 0; i < 100; i++) {
      assertThat(pace.enter(0, 0)).isZero();
      turn(pace, began, took);
    }
    fill();
    Duration first = pace.enter(0, 0.5);
    return pace.enter(0, 0.5).minus(first);
  }

  @Test
  void whatIsWaitedForAtTheGateIsNotTheProvidersTime() {
    assertThat(afterManyOf(Duration.ofHours(1).toNanos(), Duration.ofSeconds(1).toNanos()))
        .as("half of it: two are under way at once")
        .isCloseTo(Duration.ofMillis(500), Duration.ofMillis(10));
  }

  @Test
  void oneThatHungDoesNotMakeAllOthersWait() {
    assertThat(pace.enter(0, 0)).isZero();
    turn(pace, 0, Duration.ofHours(1).toNanos());

    assertThat(afterManyOf(0, Duration.ofMillis(20).toNanos())).isLessThan(Duration.ofMillis(20));
  }

  @Test
  void whatIsDoneWithTheAnswerIsNotTheProvidersTime() {
    for (int i = 0; i < 100; i++) {
      assertThat(pace.enter(0, 0)).isZero();
      Pace.Turn turn = pace.turn();
      turn.begins(0);
      turn.returned(Duration.ofMillis(20).toNanos(), true);
      turn.ends(Duration.ofHours(1).toNanos());
    }

    assertThat(afterManyOf(0, Duration.ofMillis(20).toNanos()))
        .isCloseTo(Duration.ofMillis(10), Duration.ofMillis(1));
  }

  @Test
  void whatWasNotSentSaysNothingOfTheProvidersTime() {
    assertThat(afterManyOf(0, Duration.ofSeconds(1).toNanos())).isPositive();
    Pace slow = new Pace(2);
    for (int i = 0; i < 100; i++) {
      assertThat(slow.enter(0, 0)).isZero();
      turn(slow, 0, Duration.ofSeconds(1).toNanos());
    }
    for (int i = 0; i < 100; i++) {
      assertThat(slow.enter(0, 0)).isZero();
      Pace.Turn turn = slow.turn();
      turn.begins(0);
      turn.returned(2_000_000, false);
      turn.ends(2_000_000);
    }
    while (slow.enter(0, 0).isZero()) {
      assertThat(slow).isNotNull();
    }
    Duration first = slow.enter(0, 0.5);

    assertThat(slow.enter(0, 0.5).minus(first))
        .isCloseTo(Duration.ofMillis(500), Duration.ofMillis(10));
  }

  @Test
  void aTurnEndsOnce() {
    assertThat(pace.enter(0, 0)).isZero();
    Pace.Turn turn = pace.turn();
    turn.ends(0);
    turn.ends(0);

    for (int i = 0; i < 8; i++) {
      assertThat(pace.enter(0, 0)).isZero();
    }
    assertThat(pace.enter(0, 0)).isPositive();
  }
}
