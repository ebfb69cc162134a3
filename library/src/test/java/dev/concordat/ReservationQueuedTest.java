package dev.concordat;

import static dev.concordat.Bank.PAYMENT;
import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Bank.Payment;
import dev.concordat.Bank.Trouble;
import dev.concordat.core.RetryPolicy;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationResult.End;
import dev.concordat.saga.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Goal: what waits for its turn at the provider is not sent once it is known or decided otherwise.
 * Method: a first one holds the only place until a person has said how the second one stands.
 */
class ReservationQueuedTest extends ReservationCase {

  private static final Payment FIRST = new Payment("a", 7);
  private static final RetryPolicy ONCE =
      RetryPolicy.exponential(Duration.ofSeconds(1)).attempts(1);

  private final CountDownLatch out = new CountDownLatch(1);
  private final CountDownLatch back = new CountDownLatch(1);
  private final AtomicInteger sent = new AtomicInteger();

  private void awaitKind(Concordat concordat, String id, String kind) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!kinds(concordat, id).contains(kind)) {
      assertThat(System.nanoTime()).as(kind).isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private void supply(Concordat concordat, String id, Finding finding) {
    String result = "{\"finding\":\"" + finding + "\"}";
    Verdict said = concordat.operator().waiting(PATIENCE).supply(id, "ops", "I looked", result);
    assertThat(said.outcome()).isEqualTo(Verdict.Kind.DONE);
  }

  private void occupy(Payment payment) throws InterruptedException {
    if (payment.equals(FIRST)) {
      out.countDown();
      back.await();
    }
  }

  @Test
  void aRefundIsNotSentOnceItIsKnownToBeBack() throws Exception {
    bank.troubles.add(Trouble.REFUSED);
    Reservation<Payment> payment =
        bank.payment()
            .call((state, call) -> {
              if (state.equals(FIRST)) {
                throw new IOException("lost");
              }
              return bank.ask("charge", call);
            })
            .retry(ONCE)
            .status((state, call) -> {
              occupy(state);
              return bank.ask("status", call);
            })
            .asksAtOnce(1)
            .build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(End.RELEASED);
      concordat.start(payment, "first", FIRST);
      out.await();
      concordat
          .reservations()
          .evidence("bank", key("p1"), says(Source.CALLBACK, Finding.DONE, "e1"));
      String children = " FROM concordat.instance WHERE parent IS NOT NULL";
      db.await("SELECT count(*)" + children, "1");
      String late = db.text("SELECT id" + children);
      awaitKind(concordat, late, "RefundStarted");

      supply(concordat, late, Finding.REVERSED);
      awaitKind(concordat, late, "Refunded");
      back.countDown();

      awaitKind(concordat, late, "Told");
      assertThat(bank.refunds).isEmpty();
    }
  }

  @Test
  void aCallIsNotMadeOnceItIsDecidedToRelease() throws Exception {
    Reservation<Payment> payment =
        bank.payment()
            .call((state, call) -> {
              occupy(state);
              sent.incrementAndGet();
              return ProviderAnswer.done("c");
            })
            .build();
    try (Concordat concordat =
        db.concordat().concurrency("bank", 1).reservations(payment).start()) {
      concordat.start(payment, "first", FIRST);
      out.await();
      concordat.start(payment, "p1", PAYMENT);
      awaitKind(concordat, "p1", "CallStarted");

      supply(concordat, "p1", Finding.REFUSED);
      back.countDown();

      assertThat(concordat.find(payment, "p1").await(PATIENCE).end()).isEqualTo(End.RELEASED);
      assertThat(concordat.find(payment, "first").await(PATIENCE).end()).isEqualTo(End.CONFIRMED);
      assertThat(sent).hasValue(1);
    }
  }

  @Test
  void aVoidIsNotSentOnceItIsDecidedToConfirm() throws Exception {
    Reservation<Payment> payment =
        bank.plainPayment()
            .call((state, call) -> {
              throw new IOException("lost");
            })
            .retry(ONCE)
            .cancelAtProvider((state, call) -> {
              occupy(state);
              sent.incrementAndGet();
              return ProviderAnswer.refused("voided");
            })
            .asksAtOnce(1)
            .build();
    try (Concordat concordat = start(payment)) {
      concordat.start(payment, "first", FIRST);
      out.await();
      concordat.start(payment, "p1", PAYMENT);
      awaitKind(concordat, "p1", "VoidBegan");

      supply(concordat, "p1", Finding.DONE);
      back.countDown();

      assertThat(concordat.find(payment, "p1").await(PATIENCE).end()).isEqualTo(End.CONFIRMED);
      assertThat(concordat.find(payment, "first").await(PATIENCE).end()).isEqualTo(End.RELEASED);
      assertThat(sent).hasValue(1);
    }
  }
}
