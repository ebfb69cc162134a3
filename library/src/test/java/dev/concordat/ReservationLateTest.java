package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Bank.Payment;
import dev.concordat.Bank.Trouble;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.EvidenceTaken;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationBreak;
import dev.concordat.reservation.ReservationReport;
import dev.concordat.saga.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: evidence that comes after the end is never lost, and has the outcome that
 * docs/reservations.md says, once for each contradiction. Method: as {@link ReservationTest}.
 */
class ReservationLateTest extends ReservationCase {

  @Test
  void successAfterTheReleaseIsRefundedOnce() {
    bank.troubles.add(Trouble.REFUSED);
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      run(concordat, payment);
      bank.take("done");
      Evidence late = says(Source.CALLBACK, Finding.DONE, "e1");

      concordat.reservations().evidence("bank", key("p1"), late);
      concordat.reservations().evidence("bank", key("p1"), late);

      awaitCorrection(Status.COMPENSATED);
      db.await("SELECT count(*) FROM concordat.letter WHERE taken", "3");
      assertThat(bank.refunds.values()).containsExactly(1);
      assertThat(bank.taken.get() - bank.given.get()).isZero();
      assertThat(books()).isEqualTo("100000/0");
      assertThat(kinds(concordat, "p1")).contains("LateFound", "CorrectionBegun");
    }
  }

  @Test
  void aSecondRefundIsSeen() {
    bank.troubles.add(Trouble.REFUSED);
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      run(concordat, payment);
      String key = key("p1");
      concordat.reservations().evidence("bank", key, says(Source.CALLBACK, Finding.DONE, "e1"));
      awaitCorrection(Status.COMPENSATED);

      concordat
          .reservations()
          .evidence(
              "bank", key, says(Source.CALLBACK, Finding.REVERSED, "e2", Bank.ASKED, "by others"));

      db.await("SELECT count(*) FROM concordat.instance WHERE status = 'NEEDS_ATTENTION'", "1");
      List<ReservationReport.Unresolved> rows = unresolved(concordat);
      assertThat(rows).hasSize(1);
      assertThat(rows.get(0).broken()).contains(ReservationBreak.DOUBLE_REFUND);
    }
  }

  @Test
  void successAfterTheReleaseThatNobodyRefundsIsABreak() {
    bank.troubles.add(Trouble.REFUSED);
    Reservation<Payment> payment = bank.plainPayment().build();
    try (Concordat concordat = start(payment)) {
      run(concordat, payment);
      concordat
          .reservations()
          .evidence("bank", key("p1"), says(Source.SETTLEMENT, Finding.DONE, "line 7"));

      awaitCorrection(Status.NEEDS_ATTENTION);
      ReservationReport.Unresolved row = unresolved(concordat).get(0);
      assertThat(row.broken()).contains(ReservationBreak.LATE_SUCCESS);
      assertThat(row.amount()).isEqualTo(Bank.ASKED);

      assertThat(concordat.operator().waiting(PATIENCE).skip(row.id(), "ops", "refunded").outcome())
          .isEqualTo(Verdict.Kind.DONE);
      assertThat(unresolved(concordat)).isEmpty();
    }
  }

  @Test
  void failureAfterTheConfirmationIsReversedHere() {
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      run(concordat, payment);
      assertThat(books()).isEqualTo("95800/0");

      concordat
          .reservations()
          .evidence("bank", key("p1"), says(Source.CALLBACK, Finding.REVERSED, "chargeback"));

      awaitCorrection(Status.COMPENSATED);
      assertThat(books()).isEqualTo("100000/0");
      assertThat(db.ledger()).isEqualTo("hold,confirm,reverse");
    }
  }

  @Test
  void failureAfterTheConfirmationThatNobodyReversesIsABreak() {
    Reservation<Payment> payment = bank.plainPayment().build();
    try (Concordat concordat = start(payment)) {
      run(concordat, payment);
      concordat
          .reservations()
          .evidence("bank", key("p1"), says(Source.CALLBACK, Finding.REVERSED, "chargeback"));

      awaitCorrection(Status.NEEDS_ATTENTION);
      assertThat(unresolved(concordat).get(0).broken()).contains(ReservationBreak.LATE_FAILURE);
    }
  }

  @Test
  void evidenceThatComesWhileItEndsIsNotLost() throws Exception {
    String[] sent = new String[1];
    List<Concordat> running = new ArrayList<>();
    Reservation<Payment> payment =
        bank.payment()
            .confirm((tx, state, charge) -> {
              // Posted before the confirmation commits, taken up after it.
              running
                  .get(0)
                  .reservations()
                  .evidence("bank", sent[0], says(Source.CALLBACK, Finding.REVERSED, "back"));
              Fixture.note(tx, "confirm");
              return state;
            })
            .call((state, call) -> {
              sent[0] = call.key();
              return ProviderAnswer.done("c");
            })
            .build();
    try (Concordat concordat = start(payment)) {
      running.add(concordat);
      run(concordat, payment);

      awaitCorrection(Status.COMPENSATED);
      assertThat(db.ledger()).contains("confirm").endsWith("reverse");
    }
  }

  @Test
  void aChargeWithoutAnIntentIsKeptOnceUntilAcknowledged() {
    try (Concordat concordat = start(bank.payment().build())) {
      Evidence charge =
          says(Source.SETTLEMENT, Finding.DONE, "line 3", new Money(199, "EUR"), "c9");
      assertThat(concordat.reservations().evidence("bank", "unknown", charge))
          .isEqualTo(new EvidenceTaken.Stray(true));
      assertThat(concordat.reservations().evidence("bank", "unknown", charge))
          .isEqualTo(new EvidenceTaken.Stray(false));

      List<ReservationReport.Stray> strays = new ArrayList<>();
      concordat.reservations().report().strays(strays::add);
      assertThat(strays).hasSize(1);
      assertThat(strays.get(0).said()).isEqualTo(charge);
      concordat.reservations().acknowledge(strays.get(0).no(), "ops", "a test card");
      concordat
          .reservations()
          .report()
          .strays(left -> {
            throw new AssertionError(left);
          });
      assertThatThrownBy(() -> concordat.reservations().acknowledge(1, "ops", "again"))
          .isInstanceOf(RefusedException.class);
    }
  }
}
