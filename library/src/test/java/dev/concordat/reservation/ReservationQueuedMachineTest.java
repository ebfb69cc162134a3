package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Verb;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.ReservationPlan.Can;
import dev.concordat.reservation.ReservationState.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Goal: what is queued is not wanted once anything is known or decided that speaks against it, and
 * its failure says nothing of what is done then. Method: each task, with each evidence that may
 * come while it waits.
 */
class ReservationQueuedMachineTest extends MachineCase {

  private ReservationAction doing() {
    return Objects.requireNonNull(state.doing);
  }

  private boolean isWanted() {
    return ReservationMachine.unwanted(state, doing()) == null;
  }

  private void notSent(Instant now) {
    go(
        new ReservationStimulus.Failed(
            now,
            doing(),
            new ReservationStimulus.Failure(FailureKind.TRANSIENT, false, "not now", null),
            0.5));
  }

  private void supply(Finding finding) {
    verb(at(10), Verb.SUPPLY, said(Source.PERSON, finding, null, at(10)));
  }

  private void callback(Finding finding, Money amount) {
    says(at(10), said(Source.CALLBACK, finding, amount, at(10)));
  }

  private void voids() {
    begin(plan(null, Can.VOID));
    fails(at(5), ReservationTask.CALL, 1);
    tick(at(6));
    assertThat(doing().task()).isEqualTo(ReservationTask.VOID);
  }

  private void endsAs(Phase phase) {
    assertThat(isWanted()).isFalse();
    int before = events.size();
    notSent(at(11));
    assertThat(state.phase).isEqualTo(phase);
    assertThat(broken()).isNull();
    assertThat(state.attention).isNull();
    assertThat(state.attempts).isZero();
    assertThat(events.size()).as("nothing is told of it").isEqualTo(before);
  }

  @Test
  void whatNothingSpeaksAgainstIsWanted() {
    begin(all(null));
    assertThat(isWanted()).isTrue();
    callback(Finding.PENDING, ALL);
    assertThat(isWanted()).isTrue();
  }

  @Test
  void aVoidAndARefundAreWanted() {
    voids();
    assertThat(isWanted()).isTrue();
    state = ReservationState.EMPTY;
    refunds(all(null));
    assertThat(doing().task()).isEqualTo(ReservationTask.REFUND);
    assertThat(isWanted()).isTrue();
  }

  @Test
  void aCallOfWhichAPersonSaysThatItWasRefused() {
    begin(all(null));
    supply(Finding.REFUSED);
    endsAs(Phase.RELEASING);
  }

  @Test
  void aCallOfWhichAPersonSaysThatItWasTakenBack() {
    begin(all(null));
    supply(Finding.REVERSED);
    endsAs(Phase.RELEASING);
  }

  @Test
  void aCallThatIsKnownToBeDone() {
    begin(all(null));
    callback(Finding.DONE, ALL);
    endsAs(Phase.CONFIRMING);
  }

  @Test
  void aCallThatIsKnownToBeRefused() {
    begin(all(null));
    callback(Finding.REFUSED, ALL);
    assertThat(isWanted()).isFalse();
    notSent(at(11));
    assertThat(state.phase).isEqualTo(Phase.RELEASING);
  }

  @Test
  void aCallOfWhichAPartWasDone() {
    begin(all(null));
    callback(Finding.DONE, PART);
    assertThat(broken()).isEqualTo(ReservationBreak.AMOUNT_DIFFERS);
    assertThat(isWanted()).isFalse();
    notSent(at(11));
    assertThat(broken()).isEqualTo(ReservationBreak.AMOUNT_DIFFERS);
    assertThat(state.maybeSent).isFalse();
  }

  @Test
  void aVoidOfWhichAPersonSaysThatTheChargeStands() {
    voids();
    supply(Finding.DONE);
    endsAs(Phase.CONFIRMING);
  }

  @Test
  void aVoidOfWhatIsKnownToBeRefusedOrBack() {
    voids();
    callback(Finding.REFUSED, ALL);
    endsAs(Phase.RELEASING);
  }

  @Test
  void aVoidOfWhatIsKnownToBeDoneIsStillWanted() {
    voids();
    callback(Finding.DONE, ALL);
    assertThat(state.phase).isEqualTo(Phase.VOIDING);
    assertThat(isWanted()).isTrue();
  }

  @Test
  void aRefundThatIsBack() {
    refunds(all(null));
    supply(Finding.REVERSED);
    endsAs(Phase.TELLING);
  }

  @Test
  void aRefundOfWhichAPartIsBack() {
    refunds(all(null));
    callback(Finding.REVERSED, PART);
    assertThat(broken()).isEqualTo(ReservationBreak.AMOUNT_DIFFERS);
    assertThat(isWanted()).isFalse();
    notSent(at(11));
    assertThat(broken()).isEqualTo(ReservationBreak.AMOUNT_DIFFERS);
  }

  @Test
  void aRefundThatFailsAfterItIsBackAlarmsNobody() {
    refunds(all(Duration.ofSeconds(100)));
    supply(Finding.REVERSED);

    fails(at(9_000), ReservationTask.REFUND, 1);

    assertThat(state.phase).isEqualTo(Phase.TELLING);
    assertThat(state.attention).isNull();
    assertThat(doing().task()).isEqualTo(ReservationTask.TELL);
  }

  @Test
  void aRefundThatIsRefusedAfterItIsBackAlarmsNobody() {
    refunds(all(null));
    supply(Finding.REVERSED);

    answered(at(20), ReservationTask.REFUND, 1, said(Source.ANSWER, Finding.REFUSED, ALL, at(20)));

    assertThat(state.phase).isEqualTo(Phase.TELLING);
    assertThat(state.attention).isNull();
  }

  private boolean isTooLate(ReservationPlan plan, long seconds) {
    return Failing.isTooLateToRefund(plan, state, at(seconds));
  }

  @Test
  void aRefundIsNotSentAgainOnceItsKeyMayBeForgotten() {
    ReservationPlan plan = all(Duration.ofSeconds(200));
    refunds(plan);
    fails(at(10), ReservationTask.REFUND, 1);
    tick(at(60));
    assertThat(doing()).isEqualTo(new ReservationAction(ReservationTask.REFUND, 2));
    assertThat(isTooLate(plan, 110)).isFalse();
    assertThat(isTooLate(plan, 111)).as("arrives up to 90 s later").isTrue();

    notSent(at(111));

    assertThat(broken()).isEqualTo(ReservationBreak.REFUND_UNKNOWN);
  }

  @Test
  void theFirstRefundWaitsOnlyAsLongAsItsKeyLasts() {
    ReservationPlan plan = all(Duration.ofSeconds(200));
    refunds(plan);
    assertThat(isTooLate(plan, 110)).isFalse();
    assertThat(isTooLate(plan, 111)).as("another worker may have sent it").isTrue();

    notSent(at(111));

    assertThat(state.attention).as("this one has not").isNull();
  }

  @Test
  void aKeyThatIsForgottenAtOnceStopsNoFirstRefund() {
    ReservationPlan plan = all(Duration.ofSeconds(20));
    refunds(plan);

    assertThat(isTooLate(plan, 30)).isFalse();
    assertThat(isTooLate(plan, 31)).isTrue();
  }

  @Test
  void aTurnThatComesLaterDelaysNothingThatIsDecided() {
    refunds(all(null));
    supply(Finding.REVERSED);

    go(new ReservationStimulus.Paced(at(11), doing(), at(500)));

    assertThat(doing().task()).isEqualTo(ReservationTask.TELL);
  }
}
