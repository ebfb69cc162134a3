package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Verb;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.ReservationEvent.Correction.How;
import dev.concordat.reservation.ReservationPlan.Can;
import dev.concordat.reservation.ReservationState.Phase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Goal: after the end nothing that contradicts it is passed over, and nothing is refunded twice.
 */
class ReservationLateMachineTest extends MachineCase {

  private void confirmed() {
    begin(all(null));
    answered(at(1), ReservationTask.CALL, 1, said(Source.ANSWER, Finding.DONE, ALL, at(1)));
    local(at(2), ReservationTask.CONFIRM);
  }

  private void corrected() {
    refunds(all(null));
    answered(
        at(1),
        ReservationTask.REFUND,
        1,
        event("refund-1", Source.ANSWER, Finding.DONE, ALL, "r1", at(1)));
    passed(at(2), ReservationTask.TELL);
    assertThat(state.phase).isEqualTo(Phase.CORRECTED);
  }

  private boolean sends() {
    return state.doing != null && state.doing.task() == ReservationTask.REFUND;
  }

  @Test
  void aPartThatIsRefundedCorrectsNothing() {
    refunds(all(null));

    answered(at(1), ReservationTask.REFUND, 1, said(Source.ANSWER, Finding.REVERSED, PART, at(1)));

    assertThat(state.phase).isEqualTo(Phase.REFUNDING);
    assertThat(broken()).isEqualTo(ReservationBreak.AMOUNT_DIFFERS);
    verb(at(2), Verb.SUPPLY, said(Source.PERSON, Finding.REVERSED, null, at(2)));
    assertThat(state.phase).isEqualTo(Phase.TELLING);
  }

  @Test
  void whoIsToldOfAPartSaysSo() {
    begin(all(null));
    answered(at(1), ReservationTask.CALL, 1, said(Source.ANSWER, Finding.REFUSED, null, at(1)));
    local(at(2), ReservationTask.RELEASE);
    says(at(3), said(Source.CALLBACK, Finding.DONE, ALL, at(3)));
    passed(at(4), ReservationTask.CORRECT);

    says(at(5), said(Source.ANSWER, Finding.REVERSED, PART, at(5)));

    assertThat(breaks()).containsExactly(null, ReservationBreak.AMOUNT_DIFFERS);
  }

  @Test
  void theIntentOfARefundIsWrittenBeforeIt() {
    refunds(all(null));

    assertThat(events).contains(new ReservationEvent.RefundStarted(1, at(0)));
    assertThat(sends()).isTrue();
  }

  @Test
  void aRefundThatMayBeForgottenIsNotSentByTheNextWorker() {
    refunds(all(Duration.ofHours(1)));
    state = state.doing(null);

    go(new ReservationStimulus.Opened(at(172_800), null));

    assertThat(sends()).isFalse();
    assertThat(broken()).isEqualTo(ReservationBreak.REFUND_UNKNOWN);
    verb(at(172_900), Verb.RETRY, null);
    assertThat(sends()).as("somebody has looked").isTrue();
  }

  @Test
  void norAfterAPause() {
    refunds(all(Duration.ofHours(1)));
    fails(at(30), ReservationTask.REFUND, 1);
    verb(at(30), Verb.PAUSE, null);

    verb(at(172_800), Verb.RESUME, null);

    assertThat(sends()).isFalse();
    assertThat(broken()).isEqualTo(ReservationBreak.REFUND_UNKNOWN);
  }

  @Test
  void aRefundThatWaitedForItsTurnWasNotSent() {
    refunds(all(Duration.ofHours(1)));

    go(
        new ReservationStimulus.Paced(
            at(0), new ReservationAction(ReservationTask.REFUND, 1), at(172_800)));
    tick(at(172_800));

    assertThat(sends()).isTrue();
  }

  @Test
  void norWasOneThatAGuardKeptAway() {
    refunds(all(Duration.ofHours(1)));

    go(
        new ReservationStimulus.Failed(
            at(7200),
            new ReservationAction(ReservationTask.REFUND, 1),
            new ReservationStimulus.Failure(FailureKind.TRANSIENT, false, "open", null),
            0.5));
    tick(at(7300));

    assertThat(sends()).isTrue();
  }

  @Test
  void aChargebackAfterAPersonsWordIsReversed() {
    begin(all(null));
    fails(at(30), ReservationTask.CALL, 1);
    verb(at(35), Verb.SUPPLY, said(Source.PERSON, Finding.DONE, null, at(35)));
    local(at(36), ReservationTask.CONFIRM);

    says(at(2_000_000), said(Source.CALLBACK, Finding.REVERSED, ALL, at(2_000_000)));

    assertThat(state.late.get(0).correction().how()).isEqualTo(How.REVERSE);
  }

  @Test
  void aFileThatContradictsAPersonIsNotPassedOver() {
    begin(all(null));
    fails(at(30), ReservationTask.CALL, 1);
    verb(at(35), Verb.SUPPLY, said(Source.PERSON, Finding.REFUSED, null, at(35)));
    local(at(36), ReservationTask.RELEASE);
    Evidence line = said(Source.SETTLEMENT, Finding.DONE, ALL, at(90_000));

    says(at(90_000), line);
    says(at(90_001), line);

    assertThat(breaks()).containsExactly(ReservationBreak.EVIDENCE_CONFLICTS);
  }

  @Test
  void aRefusalThatIsOlderThanTheDeedReversesNothing() {
    confirmed();

    says(at(9), said(Source.CALLBACK, Finding.REFUSED, null, at(0)));

    assertThat(breaks()).containsExactly(ReservationBreak.EVIDENCE_CONFLICTS);
    assertThat(state.late.get(0).correction().how()).isEqualTo(How.PERSON);
  }

  @Test
  void aRefundThatFailsAfterAllIsSeen() {
    corrected();

    says(at(9000), said(Source.CALLBACK, Finding.REFUSED, null, at(9000)));

    assertThat(breaks()).containsExactly(ReservationBreak.EVIDENCE_CONFLICTS);
    assertThat(state.doing).isEqualTo(new ReservationAction(ReservationTask.CORRECT, 1));
  }

  @Test
  void aSecondRefundByTheSameKeyIsSeenAndTheSameIsNot() {
    corrected();

    says(at(9), event("s1", Source.SETTLEMENT, Finding.DONE, ALL, "r1", at(9)));
    assertThat(state.late).isEmpty();
    says(at(10), event("s2", Source.SETTLEMENT, Finding.REVERSED, ALL, "r2", at(10)));

    assertThat(breaks()).containsExactly(ReservationBreak.DOUBLE_REFUND);
  }

  @Test
  void aFileThatListsTheChargeAfterItsRefundIsNoSecondCharge() {
    begin(all(null));
    fails(at(0), ReservationTask.CALL, 1);
    says(at(1), event("e1", Source.CALLBACK, Finding.DONE, ALL, "c9", at(1)));
    local(at(2), ReservationTask.CONFIRM);
    says(at(3), event("e2", Source.CALLBACK, Finding.REVERSED, ALL, "r1", at(3)));
    passed(at(4), ReservationTask.CORRECT);

    says(at(90_000), event("l7", Source.SETTLEMENT, Finding.DONE, ALL, "c9", at(90_000)));
    assertThat(state.late).hasSize(1);
    says(at(90_001), event("l8", Source.SETTLEMENT, Finding.DONE, ALL, "c10", at(90_001)));

    assertThat(breaks()).containsExactly(null, ReservationBreak.CHARGED_AGAIN);
  }

  @Test
  void theRestOfAChargebackIsSeen() {
    confirmed();
    says(at(3), event("e2", Source.CALLBACK, Finding.REVERSED, PART, "r1", at(3)));
    passed(at(4), ReservationTask.CORRECT);
    assertThat(breaks()).containsExactly(ReservationBreak.AMOUNT_DIFFERS);

    says(at(5), event("e3", Source.CALLBACK, Finding.REVERSED, ALL, "r1", at(5)));

    assertThat(breaks())
        .containsExactly(ReservationBreak.AMOUNT_DIFFERS, ReservationBreak.AMOUNT_DIFFERS);
    assertThat(state.late.get(1).amount()).isEqualTo(ALL);
  }

  @Test
  void aDelayedCallbackFromBeforeTheVoidIsNoSecondCharge() {
    begin(plan(null, Can.VOID, Can.REFUND));
    fails(at(30), ReservationTask.CALL, 1);
    answered(at(40), ReservationTask.VOID, 1, said(Source.ANSWER, Finding.REVERSED, ALL, at(40)));
    local(at(41), ReservationTask.RELEASE);

    says(at(50), said(Source.CALLBACK, Finding.DONE, ALL, at(5)));

    assertThat(state.late).isEmpty();
  }

  @Test
  void aChangedLineOfAFileIsSeenAfterTheEnd() {
    confirmed();
    says(at(3), event("l7", Source.SETTLEMENT, Finding.DONE, ALL, "c1", at(3)));
    assertThat(state.late).isEmpty();

    says(at(4), event("l7", Source.SETTLEMENT, Finding.DONE, ALL, "c2", at(3)));

    assertThat(breaks()).containsExactly(ReservationBreak.EVIDENCE_CONFLICTS);
  }
}
