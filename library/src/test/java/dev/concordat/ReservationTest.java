package dev.concordat;

import static dev.concordat.Bank.PAYMENT;
import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Bank.Payment;
import dev.concordat.Bank.Trouble;
import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.EvidenceTaken;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.ProviderGuard;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationBreak;
import dev.concordat.reservation.ReservationEvent;
import dev.concordat.reservation.ReservationReport;
import dev.concordat.reservation.ReservationResult;
import dev.concordat.reservation.ReservationResult.End;
import dev.concordat.saga.Verdict;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Goal: every rule of reservations has the outcome that docs/reservations.md says, in the journal
 * and in the books. Method: a real PostgreSQL and a real HTTP server that goes wrong on demand.
 */
class ReservationTest extends ReservationCase {

  @Test
  void whatIsDoneIsConfirmed() {
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      ReservationResult<Payment> result = run(concordat, payment);

      assertThat(result.end()).isEqualTo(End.CONFIRMED);
      assertThat(result.status()).isEqualTo(Status.COMPLETED);
      assertThat(books()).isEqualTo("95800/0");
      assertThat(db.ledger()).isEqualTo("hold,confirm");
      assertThat(concordat.run(payment, "p1", PAYMENT, PATIENCE).end()).isEqualTo(End.CONFIRMED);
      assertThat(bank.taken).hasValue(1);
      assertThat(concordat.find(payment, "p1").now().evidence()).hasSize(1);
    }
  }

  @Test
  void theIntentIsOnTheDiskBeforeTheCall() {
    List<String> seen = new ArrayList<>();
    Reservation<Payment> payment =
        bank.payment()
            .call((state, call) -> {
              seen.add(db.text("SELECT string_agg(events, '') FROM concordat.journal"));
              seen.add(db.text("SELECT key FROM concordat.hold"));
              seen.add(books());
              seen.add(call.key() + " " + call.requestHash());
              return ProviderAnswer.done("c");
            })
            .build();
    try (Concordat concordat = start(payment)) {
      run(concordat, payment);

      String[] call = seen.get(3).split(" ");
      assertThat(seen.get(0)).contains("CallStarted", "Held", call[0], call[1]);
      assertThat(seen.get(1)).isEqualTo(call[0]);
      assertThat(seen.get(2)).isEqualTo("100000/4200");
    }
  }

  @Test
  void whatIsRefusedIsReleased() {
    bank.troubles.add(Trouble.REFUSED);
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(End.RELEASED);
      assertThat(books()).isEqualTo("100000/0");
    }
  }

  @Test
  void aHoldThatTheBusinessRefusesCallsNobody() {
    Reservation<Payment> payment =
        bank.payment()
            .hold((tx, state) -> {
              throw new RefusedException("too poor");
            })
            .build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(End.NEVER_HELD);
      assertThat(bank.taken).hasValue(0);
      assertThat(concordat.reservationStory("p1").orElseThrow().why()).contains("nothing was held");
    }
  }

  @Test
  void anErrorIsUnknownAndTheQuestionResolvesIt() {
    bank.troubles.add(Trouble.DONE_BUT_500);
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(End.CONFIRMED);
      assertThat(bank.taken).hasValue(1);
      assertThat(bank.questions.get()).isPositive();
      assertThat(kinds(concordat, "p1")).contains("CallFailed", "Looked");
    }
  }

  @Test
  void anotherAttemptHasTheSameKeyAndRequest() {
    bank.troubles.add(Trouble.LOST_500);
    bank.troubles.add(Trouble.DONE_BUT_500);
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(End.CONFIRMED);
      List<String> intents =
          concordat.reservationStory("p1").orElseThrow().moments().stream()
              .filter(moment -> moment.event() instanceof ReservationEvent.CallStarted)
              .map(moment -> (ReservationEvent.CallStarted) moment.event())
              .map(intent -> intent.key() + intent.requestHash())
              .toList();
      assertThat(intents).hasSize(2);
      assertThat(intents.get(0)).isEqualTo(intents.get(1));
      assertThat(bank.charges).hasSize(1);
    }
  }

  @Test
  void notFoundIsVoidedBeforeItIsReleased() {
    bank.troubles.addAll(List.of(Trouble.LOST_500, Trouble.LOST_500, Trouble.LOST_500));
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(End.RELEASED);
      assertThat(kinds(concordat, "p1")).contains("VoidBegan", "VoidAnswered");
      assertThat(bank.charges.get(key("p1"))).as("a tombstone").isEqualTo("refused");
      assertThat(books()).isEqualTo("100000/0");
    }
  }

  @Test
  void afterTheKeysLifetimeItIsOnlyAskedAbout() {
    AtomicInteger calls = new AtomicInteger();
    Reservation<Payment> payment =
        bank.payment()
            .call((state, call) -> {
              calls.incrementAndGet();
              throw new java.io.IOException("lost");
            })
            .retry(RetryPolicy.exponential(Duration.ofSeconds(1)).withoutJitter().unlimited())
            .callTimeout(Duration.ofSeconds(120))
            .keyLifetime(Duration.ofMillis(120_500))
            .build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(End.RELEASED);
      assertThat(calls).as("the next could arrive after the key is forgotten").hasValue(1);
    }
  }

  @Test
  void aCallbackResolvesWhatIsPendingAndCountsOnce() {
    bank.troubles.add(Trouble.PENDING);
    Reservation<Payment> payment = bank.plainPayment().build();
    try (Concordat concordat = start(payment)) {
      ReservationResult<Payment> waiting = run(concordat, payment);
      assertThat(waiting.broken()).contains(ReservationBreak.NOBODY_TO_ASK);
      assertThat(waiting.end()).isEqualTo(End.OPEN);

      Evidence done = says(Source.CALLBACK, Finding.DONE, "e1");
      assertThat(concordat.reservations().evidence("bank", key("p1"), done))
          .isEqualTo(new EvidenceTaken.Posted("p1"));
      concordat.reservations().evidence("bank", key("p1"), done);
      concordat
          .reservations()
          .evidence("bank", key("p1"), says(Source.CALLBACK, Finding.PENDING, "e0"));

      db.await("SELECT status FROM concordat.instance", "COMPLETED");
      db.await("SELECT count(*) FROM concordat.letter WHERE taken", "3");
      assertThat(kinds(concordat, "p1")).containsOnlyOnce("Confirmed").contains("EvidenceRepeated");
      assertThat(db.ledger()).isEqualTo("hold,confirm");
    }
  }

  @Test
  void anotherAmountIsABreakUntilAPersonDecides() {
    bank.troubles.add(Trouble.PART);
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      ReservationResult<Payment> result = run(concordat, payment);
      assertThat(result.broken()).contains(ReservationBreak.AMOUNT_DIFFERS);
      assertThat(result.reason().orElse("")).contains("4200 EUR", "1000 EUR");
      assertThat(books()).isEqualTo("100000/4200");

      Verdict verdict =
          concordat
              .operator()
              .waiting(PATIENCE)
              .supply("p1", "ops", "refunded by hand", "REVERSED");

      assertThat(verdict.outcome()).isEqualTo(Verdict.Kind.DONE);
      db.await("SELECT status FROM concordat.instance", "COMPENSATED");
      assertThat(books()).isEqualTo("100000/0");
    }
  }

  @Test
  void aKeyWithAnotherRequestIsABugAndNotTriedAgain() {
    bank.troubles.add(Trouble.MISUSED);
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).broken()).contains(ReservationBreak.KEY_MISUSED);
      assertThat(bank.taken).hasValue(0);
      // What a callback says may be about the other request.
      concordat
          .reservations()
          .evidence("bank", key("p1"), says(Source.CALLBACK, Finding.DONE, "e1"));
      db.await("SELECT count(*) FROM concordat.letter WHERE taken", "1");
      assertThat(books()).isEqualTo("100000/4200");

      assertThat(concordat.operator().waiting(PATIENCE).skip("p1", "ops", "done by hand").outcome())
          .isEqualTo(Verdict.Kind.DONE);
      db.await("SELECT status FROM concordat.instance", "COMPLETED");
      assertThat(concordat.find(payment, "p1").now().end()).isEqualTo(End.SET_ASIDE);
    }
  }

  @Test
  void anOpenCircuitSendsNothingAndIsNoAttempt() {
    AtomicInteger closed = new AtomicInteger(5);
    ProviderGuard circuit =
        new ProviderGuard() {
          @Override
          public <T> T call(Kind kind, Callable<T> call) throws Exception {
            if (kind == Kind.LIVE && closed.getAndDecrement() > 0) {
              throw new NotNowException("the circuit is open");
            }
            return call.call();
          }
        };
    Reservation<Payment> payment = bank.payment().guard(circuit).build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).as("attempts are three").isEqualTo(End.CONFIRMED);
      assertThat(bank.questions).as("nothing to ask about").hasValue(0);
    }
  }

  @Test
  void whatIsCancelledWhileUnknownIsResolvedFirst() {
    bank.troubles.add(Trouble.DONE_BUT_500);
    bank.deaf = true;
    Reservation<Payment> payment = bank.payment().build();
    try (Concordat concordat = start(payment)) {
      concordat.start(payment, "p1", PAYMENT);
      db.await("SELECT count(*) > 0 FROM concordat.journal WHERE events LIKE '%Looked%'", "t");

      Verdict verdict = concordat.operator().waiting(PATIENCE).cancel("p1", "ops", "changed mind");

      assertThat(verdict.text()).contains("found out first");
      assertThat(books()).isEqualTo("100000/4200");
      bank.deaf = false;
      assertThat(concordat.find(payment, "p1").await(PATIENCE).end()).isEqualTo(End.RELEASED);
      assertThat(bank.taken.get() - bank.given.get()).isZero();
      assertThat(kinds(concordat, "p1")).contains("VoidBegan");
    }
  }

  @Test
  void theReportIsExactAndCheckNowAsksEverybodyWithinTheLimit() {
    bank.deaf = true;
    Reservation<Payment> payment =
        bank.payment()
            .call((state, call) -> {
              bank.charges.put(call.key(), bank.take("done"));
              throw new java.io.IOException("answer lost");
            })
            .ask(
                RetryPolicy.exponential(Duration.ofHours(1))
                    .upTo(Duration.ofHours(1))
                    .unlimited()
                    .withoutJitter())
            .asksAtOnce(2)
            .build();
    int many = 120;
    try (Concordat concordat = start(payment)) {
      for (int i = 0; i < many; i++) {
        concordat.start(payment, "p" + i, new Payment("a", 4200));
      }
      db.await(
          "SELECT count(*) FROM concordat.journal WHERE events LIKE '%CallFailed%'", "" + many);
      List<ReservationReport.Total> totals = concordat.reservations().report().totals();
      assertThat(totals)
          .containsExactly(
              new ReservationReport.Total("bank", "EUR", many, BigInteger.valueOf(4200L * many)));
      assertThat(unresolved(concordat))
          .hasSize(many)
          .allMatch(row -> row.phase().equals("UNKNOWN"));
      bank.deaf = false;

      assertThat(concordat.reservations().checkNow(null)).isEqualTo(many);

      db.await("SELECT count(*) FROM concordat.instance WHERE status = 'COMPLETED'", "" + many);
      assertThat(bank.mostAsking.get()).isLessThanOrEqualTo(2);
      assertThat(bank.taken).hasValue(many);
      assertThat(unresolved(concordat)).isEmpty();
      assertThat(concordat.reservations().report("bank").totals()).isEmpty();
    }
  }

  @Test
  void twoReconcilersDoNotResolveOneReservationTwice() {
    bank.troubles.add(Trouble.DONE_BUT_500);
    bank.deaf = true;
    Reservation<Payment> here = bank.payment().build();
    Reservation<Payment> there = bank.payment().build();
    try (Concordat one = start(here);
        Concordat two = start(there)) {
      one.start(here, "p1", PAYMENT);
      db.await("SELECT count(*) > 0 FROM concordat.journal WHERE events LIKE '%CallFailed%'", "t");
      bank.deaf = false;
      for (int i = 0; i < 5; i++) {
        one.reservations().checkNow("bank");
        two.reservations().checkNow("bank");
      }

      assertThat(two.find(there, "p1").await(PATIENCE).end()).isEqualTo(End.CONFIRMED);
      assertThat(db.ledger()).as("the lease lets one of them").isEqualTo("hold,confirm");
    }
  }

  @Test
  void aDefinitionWithoutWhatItNeedsIsRefused() {
    assertThatThrownBy(() -> Reservation.named("x", Payment.class).provider("bank").build())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no amount");
  }
}
