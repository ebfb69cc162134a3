package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Goal: an unsound saga is refused before it runs, with every reason and what to do (P2, P5).
 * Method: each unsound declaration goes through the public builder; the wording is compared.
 */
class SoundnessTest {

  record Order(int amount) {}

  private static final class Cart {}

  private static SagaBuilder<Order> saga() {
    return Saga.named("s", Order.class);
  }

  private static OutsideStep<Order> outside(SagaBuilder<Order> saga, String name) {
    return saga.step(name, (s, call) -> s).compensate((s, call) -> {});
  }

  private static SagaBuilder<Order> branch(String step) {
    return outside(Saga.branch(Order.class), step);
  }

  private static void assertRefused(SagaBuilder<?> saga, String... reasons) {
    assertThatExceptionOfType(UnsoundSagaException.class)
        .isThrownBy(saga::build)
        .satisfies(refused -> assertThat(refused.reasons()).containsExactly(reasons))
        .satisfies(refused -> assertThat(refused).isInstanceOf(RefusedException.class))
        .withMessageContaining("is not sound and was not built:\n  - " + reasons[0]);
  }

  @Nested
  class Names {

    @Test
    void aBlankSagaNameIsRefused() {
      assertRefused(outside(Saga.named(" ", Order.class), "a"), "the saga has a blank name");
    }

    @Test
    void aBlankStepNameIsRefused() {
      assertRefused(outside(saga(), ""), "a step has a blank name");
    }

    @Test
    void aNameWithNulIsRefused() {
      assertRefused(
          outside(saga(), "a\0b"),
          "a step's name is longer than 200 characters, or has a NUL in it");
    }

    @Test
    void aNameOfMoreThanTwoHundredCharactersIsRefused() {
      assertRefused(
          outside(Saga.named("n".repeat(201), Order.class), "a"),
          "the saga's name is longer than 200 characters, or has a NUL in it");
    }

    @Test
    void twoStepsOfOneNameAreRefusedAlsoAcrossBranches() {
      String reason =
          "two steps are named 'a'; the journal tells steps by their names, so give each its own";

      assertRefused(outside(outside(saga(), "a"), "a"), reason);
      assertRefused(saga().parallel(branch("a"), branch("a")), reason);
    }

    @Test
    void aVersionBelowOneIsRefused() {
      assertRefused(outside(saga().version(0), "a"), "its version is 0; versions count from 1");
    }

    @Test
    void aSagaWithoutStepsIsRefused() {
      assertRefused(saga(), "it has no step");
    }
  }

  @Nested
  class Durations {

    @Test
    void aDeadlineThatIsNotPositiveIsRefused() {
      assertThatExceptionOfType(UnsoundSagaException.class)
          .isThrownBy(() -> outside(saga().deadline(Duration.ofSeconds(-1)), "a").build())
          .satisfies(e -> assertThat(e.reasons()).contains("its deadline PT-1S is not positive"));
    }

    @Test
    void aTimeoutThatIsNotPositiveIsRefused() {
      String reason = "step 'a' has a timeout that is not positive";

      assertRefused(outside(saga(), "a").timeout(Duration.ZERO), reason);
      assertRefused(outside(saga(), "a").compensationTimeout(Duration.ofMillis(-5)), reason);
    }

    @Test
    void aSleepOrWaitThatIsNotPositiveIsRefused() {
      assertRefused(
          saga().sleep("s", Duration.ZERO), "step 's' waits for PT0S, which is not positive");
      assertRefused(
          saga().awaitSignal("w", String.class, (s, x) -> s).timeout(Duration.ofSeconds(-3)),
          "step 'w' waits for PT-3S, which is not positive");
    }

    @Test
    void aDeadlineShorterThanAStepMayTakeIsRefused() {
      assertRefused(
          outside(saga().deadline(Duration.ofSeconds(10)), "a").timeout(Duration.ofSeconds(11)),
          "step 'a' may take PT11S, longer than the deadline PT10S of the whole saga; shorten one"
              + " or lengthen the other");
      assertRefused(
          saga().deadline(Duration.ofSeconds(10)).sleep("s", Duration.ofHours(1)),
          "step 's' may take PT1H, longer than the deadline PT10S of the whole saga; shorten one"
              + " or lengthen the other");
    }

    @Test
    void whatComesAfterThePivotMayTakeLongerThanTheDeadline() {
      Saga<Order> built =
          saga()
              .deadline(Duration.ofSeconds(10))
              .pivot("p", (s, call) -> s)
              .retriable("r", (s, call) -> s)
              .timeout(Duration.ofHours(1))
              .build();

      assertThat(built.plan().deadline()).contains(Duration.ofSeconds(10));
    }

    @Test
    void aTimeoutNotDeclaredNeverExceedsTheDeadline() {
      Saga<Order> built = outside(saga().deadline(Duration.ofSeconds(3)), "a").build();

      assertThat(built.plan().step("a").timeout()).isEqualTo(Duration.ofSeconds(3));
    }
  }

  @Nested
  class Branches {

    @Test
    @SuppressWarnings("unchecked")
    void fewerThanTwoBranchesAreRefused() {
      assertRefused(saga().parallel(branch("a")), "a parallel part has fewer than two branches");
    }

    @Test
    void anEmptyBranchIsRefused() {
      assertRefused(saga().parallel(branch("a"), Saga.branch(Order.class)), "a branch has no step");
    }

    @Test
    void branchesInBranchesAreRefused() {
      assertRefused(
          saga().parallel(branch("a"), Saga.branch(Order.class).parallel(branch("b"), branch("c"))),
          "a branch has parallel parts of its own; put them into a child saga");
    }

    @Test
    void whatBelongsToTheSagaIsRefusedOnABranch() {
      assertRefused(
          saga().parallel(branch("a"), branch("b").deadline(Duration.ofMinutes(5))),
          "deadline, attributes and merging are declared on the saga, not on a branch");
    }

    @Test
    void aPivotInABranchIsRefused() {
      assertRefused(
          saga().parallel(branch("a"), Saga.branch(Order.class).pivot("p", (s, call) -> s)),
          "the pivot 'p' is in a branch; it must stand alone");
    }

    @Test
    void aStateThatIsNoRecordNeedsItsMergingDeclared() {
      SagaBuilder<Cart> first =
          Saga.branch(Cart.class).step("a", (s, call) -> s).noCompensation("none");
      SagaBuilder<Cart> second =
          Saga.branch(Cart.class).step("b", (s, call) -> s).noCompensation("none");

      assertRefused(
          Saga.named("s", Cart.class).parallel(first, second),
          "its state Cart is no record, so declare merging(…) for its parallel branches");
    }
  }

  @Nested
  @DisplayName("P2: the order of steps")
  class OrderOfSteps {

    @Test
    void twoPivotsAreRefused() {
      assertRefused(
          saga().pivot("p", (s, call) -> s).pivot("q", (s, call) -> s),
          "it has two pivots, 'p' and 'q'; a saga turns irreversible once, so make the second"
              + " retriable");
    }

    @Test
    void aRetriableStepBeforeThePivotIsRefused() {
      assertRefused(
          saga().retriable("r", (s, call) -> s).pivot("p", (s, call) -> s),
          "'r' is retriable but no pivot comes before it; only forward makes no sense while the"
              + " saga can still turn back");
    }

    @Test
    void aCompensableStepAfterThePivotIsRefused() {
      assertRefused(
          outside(saga().pivot("p", (s, call) -> s), "a"),
          "'a' comes after the pivot 'p', where nothing is compensated any more; make it"
              + " retriable");
    }

    @Test
    void waitingMayStandAnywhere() {
      Saga<Order> built =
          saga()
              .sleep("before", Duration.ofSeconds(1))
              .pivot("p", (s, call) -> s)
              .sleepUntil("after", s -> Instant.EPOCH)
              .awaitSignal("signal", String.class, (s, x) -> s)
              .retriable("r", (s, call) -> s)
              .build();

      assertThat(built.steps()).containsExactly("before", "p", "after", "signal", "r");
    }
  }

  @Nested
  @DisplayName("P2: compensations")
  class Compensations {

    @Test
    void aStepBeforeThePivotWithNeitherCompensationNorReasonIsRefused() {
      String reason =
          "'a' has no compensation; declare one with compensate(…), or say with"
              + " noCompensation(reason) why none is needed";

      assertRefused(saga().step("a", (s, call) -> s), reason);
      assertRefused(saga().local("a", (tx, s) -> s), reason);
      assertRefused(saga().step("a", (s, call) -> s).noCompensation(" "), reason);
    }

    @Test
    void twoCompensationsAreRefused() {
      assertRefused(
          saga()
              .local("a", (tx, s) -> s)
              .compensate((tx, s) -> {})
              .compensateOutside((s, call) -> {}),
          "'a' has two compensations; keep one");
    }

    @Test
    void aCompensationAndAReasonForHavingNoneAreRefused() {
      assertRefused(
          outside(saga(), "a").noCompensation("none"),
          "'a' has a compensation, and a reason for having none; keep one");
    }

    @Test
    void aCompensationOfThePivotOrAfterItIsRefused() {
      assertRefused(
          saga().pivot("p", (s, call) -> s).compensate((s, call) -> {}),
          "'p' is the pivot and is never compensated, yet it has a compensation; remove it");
      assertRefused(
          saga()
              .pivot("p", (s, call) -> s)
              .retriable("r", (s, call) -> s)
              .compensate((s, call) -> {}),
          "'r' is after the pivot and is never compensated, yet it has a compensation; remove it");
    }
  }

  @Test
  void everyReasonIsGivenAtOnce() {
    assertRefused(
        saga().version(-1).step("a", (s, call) -> s).step("a", (s, call) -> s),
        "its version is -1; versions count from 1",
        "two steps are named 'a'; the journal tells steps by their names, so give each its own",
        "'a' has no compensation; declare one with compensate(…), or say with"
            + " noCompensation(reason) why none is needed",
        "'a' has no compensation; declare one with compensate(…), or say with"
            + " noCompensation(reason) why none is needed");
  }

  @Test
  void aSoundSagaWithEveryKindOfStepIsBuilt() {
    Saga<Order> child = outside(Saga.named("child", Order.class), "x").build();

    Saga<Order> built =
        saga()
            .version(3)
            .local("a", (tx, s) -> s)
            .compensate((tx, s) -> {})
            .when(s -> s.amount() > 0)
            .parallel(branch("b"), branch("c"))
            .child("d", child, s -> s, (s, c) -> c)
            .compensateLocally((tx, s) -> {})
            .pivot("p", (s, call) -> s)
            .inDoubt((s, call) -> new Outcome.Unknown<>("?"))
            .retriable("r", (s, call) -> s)
            .deadline(Duration.ofMinutes(10))
            .build();

    assertThat(built.steps()).isEqualTo(List.of("a", "b", "c", "d", "p", "r"));
    assertThat(built.plan().step("p").lookup()).isTrue();
    assertThat(built.plan().step("a").evaluated()).isTrue();
    assertThat(built).hasToString("s@3");
  }
}
