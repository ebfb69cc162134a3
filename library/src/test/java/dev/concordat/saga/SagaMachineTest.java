package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Status;
import dev.concordat.core.Verb;
import dev.concordat.saga.SagaStimulus.Request;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: single decisions that a search of sound sagas does not come to, or that deserve a name.
 * Method: stimuli fed to the machine by hand, states made of events.
 */
class SagaMachineTest {

  private static final Instant NOW = Instant.EPOCH;
  private static final Payload DATA = new Payload("\"\"", true);

  private static SagaState state(SagaEvent... events) {
    return SagaState.EMPTY.apply(new SagaEvent.Started(DATA, null, null)).applyAll(List.of(events));
  }

  private static SagaDecision operate(SagaPlan plan, SagaState state, Verb verb) {
    int letter = state.lettersTaken() + 1;
    return SagaMachine.decide(
        plan,
        state,
        new SagaStimulus.Letter(NOW, letter, new Request.Operate(verb, "anna", "because", null)));
  }

  @Test
  void aStepThatTheDefinitionDoesNotHaveStopsTheInstanceUntilTheRightOneIsDeployed() {
    SagaPlan plan = Notation.plan("local:b");
    SagaState done = state(new SagaEvent.StepDone("gone", 1, null, null));

    SagaDecision opened = SagaMachine.decide(plan, done, new SagaStimulus.Opened(NOW));

    assertThat(opened.state().status()).isEqualTo(Status.NEEDS_ATTENTION);
    assertThat(opened.state().attention().reason()).contains("'gone'").contains("s@1");
    assertThat(opened.actions()).isEmpty();
    assertThat(operate(plan, opened.state(), Verb.RETRY).state().status())
        .as("said too soon")
        .isEqualTo(Status.NEEDS_ATTENTION);
    assertThat(operate(plan, opened.state(), Verb.CANCEL).answers())
        .allMatch(answer -> !answer.accepted() && answer.text().contains("'gone'"));
    SagaPlan right = Notation.plan("local:gone local:b");
    assertThat(operate(right, opened.state(), Verb.RETRY).actions())
        .containsExactly(new SagaAction.RunLocal(List.of("b"), 1));
  }

  @Test
  void aJournalReadAgainLeavesWhatIsAliveAlone() {
    SagaPlan plan = Notation.plan("outside:a");
    SagaState state = state(new SagaEvent.StepStarted("a", 1));

    SagaDecision alive = SagaMachine.decide(plan, state, new SagaStimulus.Opened(NOW, Set.of("a")));
    SagaDecision lost = SagaMachine.decide(plan, state, new SagaStimulus.Opened(NOW));

    assertThat(alive.events()).isEmpty();
    assertThat(alive.actions()).isEmpty();
    assertThat(lost.events()).hasAtLeastOneElementOfType(SagaEvent.AttemptLost.class);
  }

  @Test
  @DisplayName("P2: after ten lost workers nothing runs until a person says retry")
  void afterTenLostWorkersNothingRunsUntilAPersonSaysRetry() {
    SagaPlan plan = Notation.plan("outside:a");
    SagaState state = state(new SagaEvent.StepStarted("a", 1));
    for (int i = 0; i < SagaMachine.MAX_CRASHES; i++) {
      state = state.apply(new SagaEvent.TakenOver());
    }

    SagaDecision opened = SagaMachine.decide(plan, state, new SagaStimulus.Opened(NOW));

    assertThat(opened.actions()).isEmpty();
    assertThat(opened.state().status()).isEqualTo(Status.NEEDS_ATTENTION);
    assertThat(operate(plan, opened.state(), Verb.RETRY).actions())
        .containsExactly(new SagaAction.RunOutside("a", 2));
  }

  @Test
  void progressForgetsTheWorkersThatWereLostBefore() {
    SagaState state = state(new SagaEvent.TakenOver(), new SagaEvent.StepDone("a", 1, null, null));

    assertThat(state.crashes()).isZero();
  }

  @Test
  void aChildRefusedOnceIsStartedUnderAnotherIdAfterForward() {
    SagaPlan plan = Notation.plan("outside:a child:c");
    SagaState started =
        state(
            new SagaEvent.StepDone("a", 1, null, null),
            new SagaEvent.ChildStarted("c", 1),
            new SagaEvent.VerbApplied(1, Verb.PAUSE, null, "anna", null));
    SagaDecision refused =
        SagaMachine.decide(
            plan, started, new SagaStimulus.ChildEnded(NOW, "c", false, null, "undone"));

    SagaDecision forward = operate(plan, refused.state(), Verb.FORWARD);
    SagaDecision resumed = operate(plan, forward.state(), Verb.RESUME);

    assertThat(resumed.actions()).containsExactly(new SagaAction.StartChild("c", 2));
  }

  @Test
  void anUnforeseenErrorIsTheCauseWhereASagaCompensatesThen() {
    SagaPlan plan = Notation.plan("outside:a outside:b @unexpected");
    SagaState running =
        state(new SagaEvent.StepDone("a", 1, null, null), new SagaEvent.StepStarted("b", 1));

    SagaDecision failed =
        SagaMachine.decide(
            plan,
            running,
            new SagaStimulus.Failed(
                NOW, "b", 1, new SagaStimulus.Failure(FailureKind.UNEXPECTED, "a bug", null), 0));

    assertThat(failed.state().halted().cause()).isEqualTo(SagaEvent.Cause.UNEXPECTED);
    assertThat(failed.actions()).containsExactly(new SagaAction.CompensateOutside("b", 1));
  }

  @Test
  void theLongerOfPolicyAndRetryAfterIsWaitedFor() {
    SagaPlan plan = Notation.plan("outside:a");
    SagaState running = state(new SagaEvent.StepStarted("a", 1));
    SagaStimulus.Failure busy =
        new SagaStimulus.Failure(FailureKind.TRANSIENT, "busy", java.time.Duration.ofSeconds(77));

    SagaDecision failed =
        SagaMachine.decide(plan, running, new SagaStimulus.Failed(NOW, "a", 1, busy, 0));

    assertThat(SagaMachine.wakeAt(plan, failed.state(), NOW)).isEqualTo(NOW.plusSeconds(77));
  }

  @Test
  @DisplayName("P2: cancelling is refused while a commit runs that the pivot shares")
  void cancellingIsRefusedWhileACommitRunsThatThePivotShares() {
    SagaPlan plan = Notation.plan("local:a local:b localpivot:p localretriable:r @fused");
    SagaDecision begun =
        SagaMachine.decide(plan, SagaState.EMPTY, new SagaStimulus.Begin(NOW, DATA, null));

    assertThat(begun.actions())
        .containsExactly(new SagaAction.RunLocal(List.of("a", "b", "p", "r"), 1));
    assertThat(operate(plan, begun.state(), Verb.CANCEL).answers())
        .allMatch(a -> !a.accepted() && a.text().contains("is under way and may succeed"));
  }

  @Test
  @DisplayName("P2: cancelling is refused while the pivot may succeed, and after it")
  void cancellingIsRefusedWhileThePivotMaySucceedAndAfterIt() {
    SagaPlan plan = Notation.plan("outside:a pivot:p retriable:r");
    SagaState before = state(new SagaEvent.StepDone("a", 1, null, null));
    SagaState during = before.apply(new SagaEvent.StepStarted("p", 1));
    SagaState after = during.apply(new SagaEvent.StepDone("p", 1, null, null));

    assertThat(operate(plan, during, Verb.CANCEL).answers())
        .allMatch(a -> !a.accepted() && a.text().contains("is under way and may succeed"));
    assertThat(operate(plan, after, Verb.CANCEL).answers())
        .allMatch(a -> !a.accepted() && a.text().contains("there is only forward"));
    assertThat(operate(plan, state(), Verb.CANCEL).answers()).allMatch(a -> a.accepted());
  }
}
