package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import dev.concordat.saga.SagaEvent.Cause;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Leases.Worker;
import dev.concordat.store.Mailbox.Letter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Goal: whoever looks at an instance reads why it is where it is and what happens next (P2, P10).
 * Method: states made of events; each waiting state has its sentence.
 */
class WhyTest {

  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");
  private static final Payload DATA = new Payload("{}", true);
  private static final Worker ALIVE = new Worker(5, true, NOW, List.of("order@1"));
  private static final Worker DEAD = new Worker(4, false, NOW, List.of("order@1"));

  private static SagaState state(SagaEvent... events) {
    return SagaState.EMPTY.apply(new SagaEvent.Started(DATA, null, null)).applyAll(List.of(events));
  }

  private static SagaState with(SagaState state, SagaEvent... events) {
    return state.applyAll(List.of(events));
  }

  private static InstanceRow row(SagaState state, OptionalLong owner, Optional<Instant> due) {
    return new InstanceRow(
        1,
        "order-1",
        new UUID(0, 1),
        "order",
        1,
        state.status(),
        state.paused(),
        1,
        owner,
        due,
        "hash",
        Map.of(),
        OptionalLong.empty(),
        0,
        NOW,
        NOW);
  }

  private static Why held(SagaState state) {
    InstanceRow row = row(state, OptionalLong.of(5), Optional.empty());
    return new Why(row, state, List.of(), List.of(ALIVE, DEAD), NOW);
  }

  private static Why free(SagaState state, Optional<Instant> due, Worker... workers) {
    InstanceRow row = row(state, OptionalLong.empty(), due);
    return new Why(row, state, List.of(), List.of(workers), NOW);
  }

  private static SagaEvent failed(Instant retryAt) {
    return new SagaEvent.AttemptFailed(
        "pay", 2, FailureKind.TRANSIENT, false, "busy", NOW, retryAt);
  }

  private static SagaState halted() {
    return state(
        new SagaEvent.StepDone("reserve", 1, null, null),
        new SagaEvent.StepRefused("pay", 1, "insufficient funds"),
        new SagaEvent.Halted(Cause.REFUSED, "pay", "insufficient funds"));
  }

  @Nested
  @DisplayName("Why, going forward")
  class Forwards {

    @Test
    void anInstanceNotBegun() {
      assertThat(held(SagaState.EMPTY).why()).isEqualTo("it is accepted and has not begun");
    }

    @Test
    void aStepThatRuns() {
      assertThat(held(state(new SagaEvent.StepStarted("pay", 2))).why())
          .isEqualTo("it is going forward: 'pay' is at attempt 2");
    }

    @Test
    void nothingThatRuns() {
      assertThat(held(state(new SagaEvent.StepDone("pay", 2, null, null))).why())
          .isEqualTo("it is going forward: between two steps");
    }

    @Test
    void twoBranchesAtOnce() {
      assertThat(
              held(state(new SagaEvent.StepStarted("a", 1), new SagaEvent.LookUpStarted("b", 2)))
                  .why())
          .isEqualTo(
              "it is going forward: 'a' is at attempt 1; 'b' is asking what became of an attempt");
    }

    @Test
    void aRetryToCome() {
      SagaState started = state(new SagaEvent.StepStarted("pay", 2));

      assertThat(held(with(started, failed(NOW.plusMillis(1500)))).why())
          .isEqualTo("it is going forward: 'pay' failed 2 times (busy) and tries again in 1500 ms");
      assertThat(held(with(started, failed(NOW.plusSeconds(90)))).why())
          .endsWith("tries again in 90 s");
      assertThat(held(with(started, failed(NOW))).why()).endsWith("tries again at once");
    }

    @Test
    void aSleepASignalAndAChild() {
      assertThat(held(state(new SagaEvent.Sleeping("nap", NOW.plusSeconds(60)))).why())
          .isEqualTo("it is going forward: 'nap' sleeps, until 2026-03-04T05:07:07Z");
      assertThat(held(state(new SagaEvent.Awaiting("ok", "approved", null))).why())
          .isEqualTo("it is going forward: 'ok' waits for signal 'approved'");
      assertThat(held(state(new SagaEvent.Awaiting("ok", "approved", NOW))).why())
          .endsWith("waits for signal 'approved', until 2026-03-04T05:06:07Z");
      assertThat(held(state(new SagaEvent.ChildStarted("ship", 1))).why())
          .isEqualTo("it is going forward: 'ship' waits for its child saga");
    }

    @Test
    void theEnd() {
      Why done = held(state(new SagaEvent.Completed()));

      assertThat(done.why()).isEqualTo("every step is done");
      assertThat(done.next()).isEqualTo("nothing; this is the end");
    }
  }

  @Nested
  @DisplayName("Why, going back")
  class Backwards {

    private static final String TURNED = "it turned back (REFUSED at 'pay'): insufficient funds";

    @Test
    void whatIsRunningComesToItsEndFirst() {
      assertThat(held(with(halted(), new SagaEvent.StepStarted("other", 1))).why())
          .isEqualTo(TURNED + "; what is running comes to its end first: 'other' is at attempt 1");
    }

    @Test
    void aCompensationThatRuns() {
      assertThat(
              held(with(
                      halted(),
                      new SagaEvent.CompensationBegan(),
                      new SagaEvent.CompensationStarted("reserve", 1)))
                  .why())
          .isEqualTo(
              TURNED + "; it is being compensated: 'reserve' is being compensated, attempt 1");
    }

    @Test
    void aCompensationToBeTriedAgain() {
      SagaState waiting =
          with(
              halted(),
              new SagaEvent.CompensationBegan(),
              new SagaEvent.CompensationStarted("reserve", 1),
              new SagaEvent.CompensationFailed(
                  "reserve", 1, FailureKind.TRANSIENT, "busy", NOW, NOW.plusSeconds(7)));

      assertThat(held(waiting).why())
          .endsWith("'reserve' could not be compensated 1 times (busy) and is tried again in 7 s");
    }

    @Test
    void theEnd() {
      assertThat(held(with(halted(), new SagaEvent.Compensated())).why())
          .isEqualTo(TURNED + "; what was done is compensated");
    }
  }

  @Nested
  @DisplayName("P2: waiting for a person")
  class Waiting {

    @Test
    void aPausedInstanceWaitsForResume() {
      Why why = held(state(new SagaEvent.VerbApplied(1, Verb.PAUSE, null, "anna", null)));

      assertThat(why.why()).isEqualTo("it is paused");
      assertThat(why.next()).isEqualTo("nothing, until somebody says resume");
    }

    @Test
    void aParkedStepNamesTheVerbsThatHelp() {
      Why why = held(state(new SagaEvent.AttentionNeeded("pay", "an unforeseen error: NPE")));

      assertThat(why.why()).isEqualTo("step 'pay': an unforeseen error: NPE");
      assertThat(why.next())
          .isEqualTo(
              "nothing, until somebody says retry, skip with a reason, or supply a result; or"
                  + " cancel, before the pivot");
    }

    @Test
    void aParkedInstanceWithoutAStepCanBeRetried() {
      assertThat(held(state(new SagaEvent.AttentionNeeded(null, "a bug"))).next())
          .isEqualTo("nothing, until somebody says retry");
    }

    @Test
    void aParkedCompensationCanBeForcedForwardOnlyWhileNothingIsOrMayBeCompensated() {
      SagaState began =
          with(
              halted(),
              new SagaEvent.CompensationBegan(),
              new SagaEvent.CompensationStarted("reserve", 1));
      SagaEvent parked = new SagaEvent.AttentionNeeded("reserve", "it does not succeed");
      SagaState certain = with(began, undo(FailureKind.REFUSED), parked);
      SagaState inDoubt = with(began, undo(FailureKind.UNKNOWN), parked);

      assertThat(held(certain).next()).endsWith("says retry, skip with a reason, or forward");
      assertThat(held(inDoubt).next()).endsWith("says retry, or skip with a reason");
    }

    private static SagaEvent undo(FailureKind kind) {
      return new SagaEvent.CompensationFailed("reserve", 1, kind, "no", NOW, null);
    }
  }

  @Nested
  @DisplayName("P10: what happens next")
  class Next {

    private final SagaState running = state(new SagaEvent.StepStarted("pay", 1));

    @Test
    void itsWorkerGoesOn() {
      assertThat(held(running).next()).isEqualTo("worker 5 holds it and goes on");
    }

    @Test
    void anotherTakesOverFromAWorkerThatIsGone() {
      InstanceRow row = row(running, OptionalLong.of(4), Optional.empty());

      assertThat(new Why(row, running, List.of(), List.of(ALIVE, DEAD), NOW).next())
          .isEqualTo("its worker 4 is gone; another worker takes over as soon as it looks");
      assertThat(new Why(row, running, List.of(), List.of(), NOW).next())
          .isEqualTo("its worker 4 is gone; another worker takes over as soon as it looks");
    }

    @Test
    void aWorkerTakesItUpWhenItIsDue() {
      assertThat(free(running, Optional.of(NOW.plusSeconds(30)), ALIVE).next())
          .isEqualTo("a worker takes it up in 30 s");
      assertThat(free(running, Optional.of(NOW), ALIVE).next())
          .isEqualTo("a worker takes it up at once");
    }

    @Test
    void onlyALetterWakesWhatIsNeverDue() {
      assertThat(free(running, Optional.empty(), ALIVE).next())
          .isEqualTo("nothing, until a letter comes (a signal, or an operator's verb)");
    }

    @Test
    void aDefinitionThatNoRunningWorkerHasIsNamed() {
      assertThat(free(running, Optional.of(NOW), DEAD).next())
          .isEqualTo(
              "nothing, for no running worker has the definition order@1; start one that has it");
    }

    @Test
    void lettersThatWaitAreCounted() {
      InstanceRow row = row(running, OptionalLong.of(5), Optional.empty());
      Letter letter = new Letter(1, 1, "SIGNAL", "{}", NOW);

      assertThat(new Why(row, running, List.of(letter), List.of(ALIVE), NOW).next())
          .isEqualTo("1 letters wait to be taken up. worker 5 holds it and goes on");
    }
  }
}
