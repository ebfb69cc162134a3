package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.RetryPolicy;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.EvidenceTaken;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationHandle;
import dev.concordat.reservation.ReservationResult;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Goal: the code of docs/reservations.md compiles and runs. */
class ReservationGuideTest {

  record Payment(String id, long cents) {}

  /** The books of the guide. */
  private static final class Accounts {
    Payment hold(Connection tx, Payment p) throws SQLException {
      return noted(tx, p, "hold");
    }

    Payment deduct(Connection tx, Payment p) throws SQLException {
      return noted(tx, p, "deduct");
    }

    Payment release(Connection tx, Payment p) throws SQLException {
      return noted(tx, p, "release");
    }

    Payment credit(Connection tx, Payment p) throws SQLException {
      return noted(tx, p, "credit");
    }

    private static Payment noted(Connection tx, Payment p, String what) throws SQLException {
      Fixture.note(tx, what);
      return p;
    }
  }

  /** The bank of the guide. */
  private static final class Gateway {
    ProviderAnswer charge(String key, Money amount) {
      return ProviderAnswer.done(amount, key);
    }

    ProviderAnswer lookUp(String key) {
      return ProviderAnswer.done(key);
    }

    ProviderAnswer cancel(String key) {
      return ProviderAnswer.reversed(key);
    }

    ProviderAnswer refund(String key, String charge, Money amount) {
      return ProviderAnswer.reversed(amount, key + charge);
    }
  }

  private static void print(Object... what) {
    assertThat(what).isNotEmpty();
  }

  @Test
  void theGuideRuns() {
    try (Fixture db = Fixture.open()) {
      DataSource dataSource = db.pool;
      Accounts accounts = new Accounts();
      Gateway bank = new Gateway();
      Payment order = new Payment("4711", 4200);
      String key = "of nobody";
      Reservation<Payment> payment =
          Reservation.named("card-payment", Payment.class)
              .version(1)
              .provider("bank")
              .amount(p -> new Money(p.cents(), "EUR"))
              .hold((tx, p) -> accounts.hold(tx, p))
              .call((p, call) -> bank.charge(call.key(), call.amount()))
              .status((p, call) -> bank.lookUp(call.key()))
              .cancelAtProvider((p, call) -> bank.cancel(call.key()))
              .refund((p, call) -> bank.refund(call.key(), call.chargeKey(), call.amount()))
              .confirm((tx, p, charge) -> accounts.deduct(tx, p))
              .release((tx, p) -> accounts.release(tx, p))
              .reverse((tx, p, evidence) -> accounts.credit(tx, p))
              .retry(RetryPolicy.exponential(Duration.ofMillis(500)).attempts(4))
              .keyLifetime(Duration.ofHours(24))
              .quiescence(Duration.ofMinutes(2))
              .deadline(Duration.ofMinutes(10))
              .build();

      Concordat concordat = Concordat.on(dataSource).reservations(payment).start();

      ReservationHandle<Payment> handle = concordat.start(payment, "payment-4711", order);
      ReservationResult<Payment> result = handle.await(Duration.ofSeconds(30));

      Evidence callback =
          new Evidence(
              Evidence.Source.CALLBACK,
              Evidence.Finding.DONE,
              new Money(4200, "EUR"),
              "ch_9",
              "evt_1",
              Instant.now(),
              "payment_intent.succeeded");
      EvidenceTaken taken = concordat.reservations().evidence("bank", key, callback);

      concordat.reservations().report().unresolved(row -> print(row.id(), row.amount(), row.age()));
      long asked = concordat.reservations().checkNow("bank");
      concordat.close();

      assertThat(result.end()).isEqualTo(ReservationResult.End.CONFIRMED);
      assertThat(taken).isEqualTo(new EvidenceTaken.Stray(true));
      assertThat(asked).isZero();
      assertThat(db.ledger()).isEqualTo("hold,deduct");
    }
  }

  @Test
  void itIsTheGuidesCode() throws IOException {
    Page.assertRun("docs/reservations.md", "Use", ReservationGuideTest.class);
  }
}
