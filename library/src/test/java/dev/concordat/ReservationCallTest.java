package dev.concordat;

import static dev.concordat.Bank.PAYMENT;
import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Bank.Payment;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.ProviderGuard;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationResult;
import dev.concordat.saga.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Goal: a call goes out only while somebody wants it, and what it answers is heard whoever holds
 * the instance by then (P2, P10). Method: calls that wait until the test lets them go on.
 */
class ReservationCallTest extends ReservationCase {

  private final AtomicInteger sent = new AtomicInteger();
  private final CountDownLatch out = new CountDownLatch(1);
  private final CountDownLatch back = new CountDownLatch(1);

  private Reservation<Payment> firstWaits(ProviderAnswer others) {
    return bank.payment()
        .call((payment, call) -> {
          if (sent.incrementAndGet() > 1) {
            return others;
          }
          out.countDown();
          back.await();
          bank.take("done");
          return ProviderAnswer.done("c");
        })
        .build();
  }

  @Test
  void theAnswerToAWorkerThatLostItsLeaseIsHeard() throws Exception {
    Reservation<Payment> payment = firstWaits(ProviderAnswer.refused("no"));
    try (Concordat first = start(payment)) {
      var unused = first.start(payment, "p1", PAYMENT);
      out.await();
      String owner = db.text("SELECT owner FROM concordat.instance");
      try (Concordat second = start(payment)) {
        takeFrom(owner);
        assertThat(second.find(payment, "p1").await(PATIENCE).end())
            .isEqualTo(ReservationResult.End.RELEASED);

        back.countDown();

        awaitCorrection(Status.COMPENSATED);
        assertThat(bank.refunds.values()).containsExactly(1);
      }
    }
  }

  private void takeFrom(String owner) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    String mine = "SELECT count(*) FROM concordat.instance WHERE owner = " + owner;
    while (db.text(mine).equals("1")) {
      assertThat(System.nanoTime()).isLessThan(end);
      db.sql(
          "UPDATE concordat.worker SET lease_until = clock_timestamp() - interval '1 s' WHERE no = "
              + owner);
    }
  }

  @Test
  void whatIsCancelledWhileItWaitsForItsTurnIsNotSent() throws Exception {
    Reservation<Payment> payment = firstWaits(ProviderAnswer.done("c2"));
    try (Concordat concordat = oneAtOnce(payment)) {
      secondWaits(concordat, payment);

      assertThat(concordat.operator().waiting(PATIENCE).cancel("p2", "ops", "no").outcome())
          .isEqualTo(Verdict.Kind.DONE);
      back.countDown();

      assertThat(concordat.find(payment, "p2").await(PATIENCE).end())
          .isEqualTo(ReservationResult.End.RELEASED);
      assertThat(sent).hasValue(1);
    }
  }

  @Test
  void whatIsPausedWhileItWaitsForItsTurnIsSentWhenItIsResumed() throws Exception {
    Reservation<Payment> payment = firstWaits(ProviderAnswer.done("c2"));
    try (Concordat concordat = oneAtOnce(payment)) {
      secondWaits(concordat, payment);

      assertThat(concordat.operator().waiting(PATIENCE).pause("p2", "ops", null).outcome())
          .isEqualTo(Verdict.Kind.DONE);
      back.countDown();
      awaitKind(concordat, "p2", "CallFailed");
      assertThat(sent).hasValue(1);

      assertThat(concordat.operator().waiting(PATIENCE).resume("p2", "ops", null).outcome())
          .isEqualTo(Verdict.Kind.DONE);
      assertThat(concordat.find(payment, "p2").await(PATIENCE).end())
          .isEqualTo(ReservationResult.End.CONFIRMED);
      assertThat(sent).hasValue(2);
    }
  }

  private Concordat oneAtOnce(Reservation<Payment> payment) {
    return db.concordat().concurrency("bank", 1).reservations(payment).start();
  }

  private void secondWaits(Concordat concordat, Reservation<Payment> payment) throws Exception {
    var first = concordat.start(payment, "p1", PAYMENT);
    out.await();
    var second = concordat.start(payment, "p2", PAYMENT);
    assertThat(List.of(first.id(), second.id())).doesNotHaveDuplicates();
    awaitKind(concordat, "p2", "CallStarted");
  }

  private void awaitKind(Concordat concordat, String id, String kind) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!kinds(concordat, id).contains(kind)) {
      assertThat(System.nanoTime()).as(kind).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void manyThatMustBeVoidedLeaveTheirPlacesToLiveOnes() {
    int many = 30;
    Payment lost = new Payment("a", 1);
    Reservation<Payment> payment =
        bank.plainPayment()
            .call((state, call) -> {
              if (state.equals(lost)) {
                throw new java.io.IOException("lost");
              }
              return ProviderAnswer.done("c");
            })
            .retry(RetryPolicy.exponential(Duration.ofSeconds(1)).attempts(1))
            .cancelAtProvider((state, call) -> {
              back.await();
              return ProviderAnswer.refused("voided");
            })
            .asksAtOnce(1)
            .build();
    try (Concordat concordat = db.concordat().maxRunning(10).reservations(payment).start()) {
      for (int i = 0; i < many; i++) {
        concordat.start(payment, "p" + i, lost);
      }
      db.await("SELECT count(*) FROM concordat.instance WHERE status = 'COMPENSATING'", "" + many);

      assertThat(concordat.run(payment, "live", PAYMENT, PATIENCE).end())
          .isEqualTo(ReservationResult.End.CONFIRMED);
      back.countDown();
      db.await("SELECT count(*) > 10 FROM concordat.instance WHERE status = 'COMPENSATED'", "t");
    }
  }

  @Test
  void codeThatDoesNotHeedItsInterruptionKeepsNobodyElseFromBeingAsked() {
    Reservation<Payment> payment =
        bank.payment()
            .call((state, call) -> {
              throw new java.io.IOException("answer lost");
            })
            .retry(RetryPolicy.exponential(Duration.ofSeconds(1)).attempts(1))
            .status((state, call) -> {
              if (sent.incrementAndGet() <= 4) {
                hang();
              }
              return ProviderAnswer.done(Bank.ASKED, "c");
            })
            .callTimeout(Duration.ofMillis(200))
            .asksAtOnce(1)
            .build();
    try (Concordat concordat = start(payment)) {
      for (int i = 0; i < 5; i++) {
        concordat.start(payment, "p" + i, PAYMENT);
      }
      try {
        db.await("SELECT count(*) FROM concordat.instance WHERE status = 'COMPLETED'", "5");
      } finally {
        back.countDown();
      }
    }
  }

  private void hang() {
    while (back.getCount() > 0) {
      try {
        back.await();
      } catch (InterruptedException e) {
        assertThat(e).isNotNull();
      }
    }
  }

  @Test
  void forTheGuardSilenceIsAFailure() throws Exception {
    ConcurrentLinkedQueue<Exception> seen = new ConcurrentLinkedQueue<>();
    Reservation<Payment> payment =
        bank.payment()
            .guard(listening(seen))
            .callTimeout(Duration.ofMillis(50))
            .call((state, call) -> {
              back.await();
              return ProviderAnswer.done("c");
            })
            .build();
    try (Concordat concordat = start(payment)) {
      assertThat(run(concordat, payment).end()).isEqualTo(ReservationResult.End.RELEASED);

      assertThat(seen).isNotEmpty().allMatch(TimeoutException.class::isInstance);
    }
  }

  private static ProviderGuard listening(ConcurrentLinkedQueue<Exception> seen) {
    return new ProviderGuard() {
      @Override
      public <T> T call(Kind kind, Callable<T> call) throws Exception {
        try {
          return call.call();
        } catch (Exception e) {
          seen.add(e);
          throw e;
        }
      }
    };
  }
}
