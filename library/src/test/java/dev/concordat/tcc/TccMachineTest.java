package dev.concordat.tcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Verb;
import dev.concordat.tcc.TccStimulus.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: what a search does not ask of the machine: ids, words, and definitions that are unsound.
 */
class TccMachineTest {

  private static final Instant AT = Instant.parse("2026-03-04T05:06:07.123456Z");
  private static final Duration BUDGET = Duration.ofHours(1);
  private static final UUID UID = UUID.fromString("8c5f6f6e-31b5-4f6c-9b1e-5d9f52a2c111");
  private static final TccPlan PLAN = TccShapes.of("a b");

  private static TccState begun(TccPlan plan) {
    List<TccEvent.Branch> branches =
        plan.branches().stream().map(b -> new TccEvent.Branch(b.name(), "{}")).toList();
    return TccMachine.decide(
            plan,
            TccState.EMPTY,
            new TccStimulus.Begin(AT, new Payload("1", true), UID, branches, null))
        .state();
  }

  private static TccDecision asked(TccState state, Verb verb) {
    return TccMachine.decide(
        PLAN, state, new TccStimulus.Letter(AT, 1, new Request.Operate(verb, "ops", "why", null)));
  }

  @Test
  void theTransactionsIdTellsWhenItBeganAndIsTheSameEachTime() {
    UUID transaction = begun(PLAN).transaction();

    assertThat(transaction.version()).isEqualTo(7);
    assertThat(transaction.variant()).isEqualTo(2);
    assertThat(new TccBranchId(transaction, "a").began())
        .isEqualTo(Instant.parse("2026-03-04T05:06:07.123Z"));
    assertThat(begun(PLAN).transaction()).isEqualTo(transaction);
    assertThat(TccMachine.transaction(AT, UUID.randomUUID())).isNotEqualTo(transaction);
  }

  @Test
  @DisplayName("all tries go out with the acceptance, in one entry")
  void allTriesGoOutWithTheAcceptance() {
    TccState state = begun(PLAN);

    assertThat(state.asking()).hasSize(2);
    assertThat(begun(TccShapes.of("a then b")).asking()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Verb.class,
      names = {"SUPPLY", "FORWARD", "SKIP", "RETRY", "RESUME"})
  void aVerbThatDoesNotFitIsRefusedSayingWhy(Verb verb) {
    TccDecision decision = asked(begun(PLAN), verb);

    assertThat(decision.answers())
        .singleElement()
        .satisfies(a -> {
          assertThat(a.accepted()).isFalse();
          assertThat(a.text()).isNotBlank();
        });
    assertThat(decision.actions()).isEmpty();
  }

  @Test
  void whoAsksNotToBeAskedForAWhileIsNot() {
    TccStimulus.Failed failed =
        new TccStimulus.Failed(
            AT,
            TccOperation.TRY,
            "a",
            1,
            FailureKind.UNKNOWN,
            "busy",
            0.5,
            Duration.ofSeconds(300));

    TccDecision decision = TccMachine.decide(PLAN, begun(PLAN), failed);

    assertThat(decision.state().of("a").wakeAt()).isEqualTo(AT.plusSeconds(300));
  }

  @Test
  void whereSeveralBranchesWaitOneMustBeNamedToBeSkipped() {
    TccState state = begun(PLAN);
    state = state.apply(new TccEvent.AttentionNeeded("a", "nobody answers"));
    state = state.apply(new TccEvent.AttentionNeeded("b", "nobody answers"));

    TccDecision unnamed = asked(state, Verb.SKIP);
    assertThat(unnamed.answers().getFirst().accepted()).isFalse();
    assertThat(unnamed.answers().getFirst().text()).contains("[a, b]");
    assertThat(unnamed.state().parked()).containsExactly("a", "b");
    assertThat(skipped(state, "c").answers().getFirst().accepted()).isFalse();

    TccDecision named = skipped(state, "b");
    assertThat(named.answers().getFirst().accepted()).isTrue();
    assertThat(named.state().parked()).containsExactly("a");
  }

  private static TccDecision skipped(TccState state, String branch) {
    return TccMachine.decide(
        PLAN,
        state,
        new TccStimulus.Letter(AT, 1, new Request.Operate(Verb.SKIP, "ops", "why", branch)));
  }

  @Test
  void inOrderIsHeldUntilTheLastOneMayBeConfirmed() {
    TccParticipant nobody = call -> new TccAnswer.Done("null");
    TccBuilder<String> three =
        Tcc.named("w", String.class)
            .branch("a", nobody, s -> s)
            .branch("b", nobody, s -> s)
            .branch("c", nobody, s -> s)
            .confirmRetry(RetryPolicy.exponential(Duration.ofSeconds(1)).forUpTo(BUDGET))
            .confirmTimeout(Duration.ofSeconds(10));
    Duration together = three.build().plan().hold();

    assertThat(three.inOrder().build().plan().hold())
        .isEqualTo(together.plus(BUDGET.plusSeconds(20).multipliedBy(2)));
  }

  @Test
  void anotherDefinitionOfTheSameNameTouchesNothing() {
    TccDecision decision =
        TccMachine.decide(TccShapes.of("a c"), begun(PLAN), new TccStimulus.Opened(AT));

    assertThat(decision.actions()).isEmpty();
    assertThat(decision.state().trouble()).contains("deploy the definition");
  }

  @Test
  void aWorkerThatIsKilledAgainAndAgainIsFollowedByAPerson() {
    TccState state = begun(PLAN);
    for (int i = 0; i < TccMachine.MAX_CRASHES; i++) {
      state = state.apply(new TccEvent.TakenOver());
    }
    TccDecision decision = TccMachine.decide(PLAN, state, new TccStimulus.Opened(AT));

    assertThat(decision.actions()).isEmpty();
    assertThat(decision.state().needsAttention()).isTrue();
    assertThat(asked(decision.state(), Verb.RETRY).actions()).hasSize(2);
    assertThat(asked(decision.state(), Verb.CANCEL).state().operation())
        .isEqualTo(TccOperation.CANCEL);
  }

  @Test
  void anUnsoundDefinitionIsRefusedWithEverythingThatIsWrong() {
    TccParticipant nobody = call -> new TccAnswer.Done("null");

    assertThatThrownBy(() -> Tcc.named(" ", String.class).build())
        .isInstanceOf(UnsoundTccException.class)
        .hasMessageContaining("no branch")
        .hasMessageContaining("name");
    assertThatThrownBy(() ->
            Tcc.named("t", String.class)
                .version(0)
                .branch("Account", nobody, s -> s)
                .branch("fee", nobody, s -> s)
                .branch("fee", nobody, s -> s)
                .deadline(Duration.ZERO)
                .confirmRetry(RetryPolicy.exponential(Duration.ofSeconds(1)).unlimited())
                .build())
        .isInstanceOfSatisfying(UnsoundTccException.class, e -> assertThat(e.reasons()).hasSize(5))
        .hasMessageContaining("'Account' cannot name a branch")
        .hasMessageContaining("two branches are named 'fee'")
        .hasMessageContaining("never gives up");
  }

  @Test
  void whatIsTriedIsHeldThroughTheDeadlineAndTheConfirms() {
    Tcc<String> tcc =
        Tcc.named("t", String.class)
            .branch("a", call -> new TccAnswer.Done("null"), s -> s)
            .deadline(Duration.ofSeconds(30))
            .build();

    assertThat(tcc.hold()).isBetween(Duration.ofMinutes(61), Duration.ofMinutes(63));
  }
}
