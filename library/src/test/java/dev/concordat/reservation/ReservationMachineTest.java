package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Status;
import dev.concordat.core.Verb;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.ReservationPlan.Can;
import dev.concordat.reservation.ReservationState.Phase;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Goal: while it is open, nothing is decided on what does not settle it whole. */
class ReservationMachineTest extends MachineCase {

  @Test
  void aPartialReversalReleasesNothing() {
    begin(all(null));
    fails(at(30), ReservationTask.CALL, 1);
    tick(at(40));

    answered(at(41), ReservationTask.ASK, 1, said(Source.STATUS, Finding.REVERSED, PART, at(41)));

    assertThat(state.phase).isEqualTo(Phase.UNKNOWN);
    assertThat(broken()).isEqualTo(ReservationBreak.AMOUNT_DIFFERS);
    says(at(50), said(Source.CALLBACK, Finding.REVERSED, ALL, at(50)));
    assertThat(state.phase).isEqualTo(Phase.RELEASING);
  }

  @Test
  void whatAPersonSaysOfAPartCounts() {
    begin(all(null));
    fails(at(30), ReservationTask.CALL, 1);

    verb(at(40), Verb.SUPPLY, said(Source.PERSON, Finding.REVERSED, PART, at(40)));

    assertThat(state.phase).isEqualTo(Phase.RELEASING);
  }

  @Test
  void aPartThatMovedAndWentBackIsReleased() {
    begin(all(null));
    says(at(1), said(Source.CALLBACK, Finding.DONE, PART, at(1)));
    assertThat(broken()).isEqualTo(ReservationBreak.AMOUNT_DIFFERS);
    fails(at(30), ReservationTask.CALL, 1);

    says(at(40), said(Source.CALLBACK, Finding.REVERSED, PART, at(40)));

    assertThat(state.phase).isEqualTo(Phase.RELEASING);
  }

  @Test
  void aRefusalWaitsForTheEndOfTheCallThatIsUnderWay() {
    begin(all(null));

    says(at(1), said(Source.CALLBACK, Finding.REFUSED, null, at(1)));
    assertThat(state.phase).isEqualTo(Phase.CALLING);
    answered(at(3), ReservationTask.CALL, 1, said(Source.ANSWER, Finding.DONE, ALL, at(3)));

    assertThat(state.phase).isEqualTo(Phase.UNKNOWN);
    assertThat(broken()).isEqualTo(ReservationBreak.EVIDENCE_CONFLICTS);
    says(at(4), said(Source.CALLBACK, Finding.DONE, ALL, at(4)));
    assertThat(state.phase).isEqualTo(Phase.CONFIRMING);
  }

  @Test
  void aRefusalCountsOnceTheCallIsOver() {
    begin(all(null));
    says(at(1), said(Source.CALLBACK, Finding.REFUSED, null, at(1)));

    answered(at(3), ReservationTask.CALL, 1, said(Source.ANSWER, Finding.REFUSED, null, at(3)));

    assertThat(state.phase).isEqualTo(Phase.RELEASING);
  }

  @Test
  void quiescenceBeginsWhenALostCallCanNoLongerBeSent() {
    begin(plan(null, Can.ASK));
    state = state.doing(null);

    go(new ReservationStimulus.Opened(at(5), null));
    assertThat(state.quietFrom).isEqualTo(at(30));
    tick(at(66));
    answered(at(66), ReservationTask.ASK, 1, said(Source.STATUS, Finding.NOT_FOUND, null, at(66)));
    assertThat(state.phase)
        .as("it may have been sent at 30, and arrive until 90")
        .isEqualTo(Phase.UNKNOWN);
    tick(at(90));
    answered(at(90), ReservationTask.ASK, 2, said(Source.STATUS, Finding.NOT_FOUND, null, at(90)));
    assertThat(state.phase).isEqualTo(Phase.RELEASING);
  }

  @Test
  void notFoundSaysNothingOnceTheKeyIsForgotten() {
    begin(plan(Duration.ofHours(1), Can.ASK));
    fails(at(30), ReservationTask.CALL, 1);
    tick(at(40));
    fails(at(41), ReservationTask.ASK, 1);
    Instant later = at(7200);
    tick(later);

    answered(later, ReservationTask.ASK, 2, said(Source.STATUS, Finding.NOT_FOUND, null, later));

    assertThat(state.phase).isEqualTo(Phase.UNKNOWN);
    assertThat(broken()).isEqualTo(ReservationBreak.NOBODY_TO_ASK);
    says(later, said(Source.SETTLEMENT, Finding.DONE, ALL, later));
    assertThat(state.phase).isEqualTo(Phase.CONFIRMING);
  }

  @Test
  void aVoidByAForgottenKeySaysNothingEither() {
    begin(plan(Duration.ofHours(1), Can.VOID));
    fails(at(30), ReservationTask.CALL, 1);
    Instant later = at(7200);

    answered(later, ReservationTask.VOID, 1, said(Source.ANSWER, Finding.REFUSED, null, later));

    assertThat(state.phase).isEqualTo(Phase.VOIDING);
    assertThat(broken()).isEqualTo(ReservationBreak.NOBODY_TO_ASK);
  }

  @Test
  void anEventOfWhichSomethingElseIsSaidWaitsForAPerson() {
    begin(all(null));
    says(at(1), event("line 7", Source.SETTLEMENT, Finding.REFUSED, null, null, at(1)));

    says(at(2), event("line 7", Source.SETTLEMENT, Finding.DONE, ALL, "c1", at(1)));

    fails(at(30), ReservationTask.CALL, 1);
    assertThat(state.phase).isEqualTo(Phase.UNKNOWN);
    assertThat(broken()).isEqualTo(ReservationBreak.EVIDENCE_CONFLICTS);
    verb(at(40), Verb.SUPPLY, said(Source.PERSON, Finding.DONE, null, at(40)));
    assertThat(state.phase).isEqualTo(Phase.CONFIRMING);
  }

  @Test
  void anEventThatSettledNothingMayGoOn() {
    begin(all(null));
    says(at(1), event("line 7", Source.SETTLEMENT, Finding.PENDING, null, "c1", at(1)));

    says(at(2), event("line 7", Source.SETTLEMENT, Finding.DONE, ALL, "c1", at(1)));

    assertThat(state.phase).isEqualTo(Phase.CONFIRMING);
  }

  @Test
  void questionsThatAGuardKeptAwayAreNotCounted() {
    begin(plan(null, Can.ASK));
    fails(at(30), ReservationTask.CALL, 1);
    tick(at(40));

    go(
        new ReservationStimulus.Failed(
            at(40),
            new ReservationAction(ReservationTask.ASK, 1),
            new ReservationStimulus.Failure(FailureKind.TRANSIENT, false, "open", null),
            0.5));

    assertThat(state.asks).isZero();
    assertThat(state.queries).isEqualTo(1);
  }

  @Test
  void whatIsSetAsideKeepsItsStatus() {
    begin(plan(null, Can.REFUND, Can.REVERSE));
    fails(at(30), ReservationTask.CALL, 1);
    verb(at(40), Verb.SKIP, null);
    assertThat(state.status()).isEqualTo(Status.COMPENSATED);

    says(at(90_000), said(Source.SETTLEMENT, Finding.DONE, ALL, at(90_000)));

    assertThat(state.status()).isEqualTo(Status.COMPENSATED);
    assertThat(breaks()).containsExactly(ReservationBreak.EVIDENCE_CONFLICTS);
    assertThat(state.doing).isEqualTo(new ReservationAction(ReservationTask.CORRECT, 1));
  }
}
