package dev.concordat;

import static dev.concordat.Bank.PAYMENT;
import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Bank.Payment;
import dev.concordat.Bank.Trouble;
import dev.concordat.Deaths.Kind;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.Status;
import dev.concordat.engine.EngineStopped;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: wherever a worker dies or an answer of the database is lost, money is where the books say:
 * available is balance less holds, what is deducted is what was taken, and no key charges twice
 * (P2, P3, P4, P10). Method: a fault at every call of the store, one run for each, on a real
 * PostgreSQL with a real HTTP server; after a crash another worker goes on.
 */
class ReservationFaultsTest {

  private static final String CORRECTED =
      "SELECT count(*) FROM concordat.instance WHERE parent IS NOT NULL AND status ="
          + " 'COMPENSATED'";
  private static final String UNHEARD = "SELECT count(*) FROM concordat.letter WHERE NOT taken";

  /**
   * A call that was lost with its worker may be sent for as long, and is not asked about before.
   */
  private static final Duration CALL = Duration.ofSeconds(3);

  /** What a run goes through. */
  enum Way {
    STRAIGHT,
    /** The answer is lost and asked for. */
    UNKNOWN,
    /** Nothing arrives; it is voided and released. */
    VOIDED,
    /** Refused, and a callback says later that it was done after all. */
    LATE;

    List<Trouble> troubles() {
      return switch (this) {
        case STRAIGHT -> List.of();
        case UNKNOWN -> List.of(Trouble.DONE_BUT_500);
        case VOIDED -> List.of(Trouble.LOST_500, Trouble.LOST_500, Trouble.LOST_500);
        case LATE -> List.of(Trouble.REFUSED);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void whateverDiesAtWhateverCallOfTheStore(Way way) throws Exception {
    try (Fixture db = Fixture.open()) {
      Bank.tables(db);
      List<String> points = run(db, way, new Deaths("", null));
      assertThat(points).as("not vacuous").hasSizeGreaterThan(8);
      int fired = 0;
      for (String point : points) {
        for (Kind kind : Kind.values()) {
          fired += kind.tellsAt(point) && faulty(db, way, new Deaths(point, kind)) ? 1 : 0;
        }
      }
      System.out.printf("%s: %d points, %d faults fired%n", way, points.size(), fired);
      assertThat(fired).isGreaterThan(points.size());
    }
  }

  private boolean faulty(Fixture db, Way way, Deaths deaths) throws Exception {
    empty(db);
    run(db, way, deaths);
    return deaths.fired;
  }

  /** A database of its own for each fault would take most of the time. */
  private static void empty(Fixture db) {
    db.sql(
        "TRUNCATE concordat.instance, concordat.journal, concordat.letter, concordat.hold,"
            + " concordat.stray, concordat.worker, ledger, held");
    db.sql("UPDATE account SET balance = 100000");
  }

  private List<String> run(Fixture db, Way way, Deaths deaths) throws Exception {
    try (Bank bank = new Bank()) {
      bank.troubles.addAll(way.troubles());
      Reservation<Payment> payment =
          bank.payment().quiescence(Duration.ofMillis(5)).callTimeout(CALL).build();
      @Nullable ReservationResult<Payment> result = null;
      Concordat first = begin(db, payment, deaths);
      if (first != null) {
        result = attempt(first, db, payment, way, bank);
        if (lives(deaths, first, db, bank, payment, way, result)) {
          end(first);
          return deaths.points();
        }
      }
      db.sql("UPDATE concordat.worker SET lease_until = clock_timestamp() - interval '1 s'");
      try (Concordat second = db.concordat().reservations(payment).start()) {
        result = attempt(second, db, payment, way, bank);
        check(second, db, bank, payment, way, deaths, result);
      }
      end(first);
      return deaths.points();
    }
  }

  /** Whether the first worker is still there after all was checked. */
  private static boolean lives(
      Deaths deaths,
      Concordat first,
      Fixture db,
      Bank bank,
      Reservation<Payment> payment,
      Way way,
      @Nullable ReservationResult<Payment> result) {
    try {
      if (way == Way.LATE) {
        awaitCorrection(db, deaths);
      }
      if (!deaths.dead) {
        check(first, db, bank, payment, way, deaths, result);
        return true;
      }
    } catch (EngineStopped e) {
      assertThat(deaths.dead).isTrue();
    }
    return false;
  }

  /**
   * Corrections are made, and what is told of them heard, when nobody waits for them any more, so
   * death may come then.
   */
  private static void awaitCorrection(Fixture db, Deaths deaths) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!deaths.dead && !(db.text(CORRECTED).equals("1") && db.text(UNHEARD).equals("0"))) {
      assertThat(System.nanoTime()).as("%s", deaths).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** A dead one cannot even be closed. */
  private static void end(@Nullable Concordat concordat) {
    try {
      if (concordat != null) {
        concordat.close();
      }
    } catch (ConcordatException | EngineStopped e) {
      assertThat(e).isNotNull();
    }
  }

  private static @Nullable Concordat begin(
      Fixture db, Reservation<Payment> payment, Deaths deaths) {
    try {
      return db.concordat()
          .reservations(payment)
          .grace(Duration.ZERO)
          .wrappingStore(deaths::around)
          .start();
    } catch (ConcordatException | EngineStopped e) {
      return null;
    }
  }

  /** What a client does that wants the payment, and a provider that calls back; both repeat. */
  private static @Nullable ReservationResult<Payment> attempt(
      Concordat concordat, Fixture db, Reservation<Payment> payment, Way way, Bank bank) {
    for (int i = 0; i < 3; i++) {
      try {
        ReservationResult<Payment> result =
            concordat.run(payment, "p1", PAYMENT, Duration.ofSeconds(30));
        if (way == Way.LATE) {
          late(concordat, db, bank);
        }
        return result;
      } catch (ConcordatException | EngineStopped e) {
        if (e instanceof EngineStopped) {
          return null;
        }
      }
    }
    return null;
  }

  private static void late(Concordat concordat, Fixture db, Bank bank) {
    String key = db.text("SELECT key FROM concordat.hold ORDER BY instance");
    if (bank.charges.replace(key, "refused", "done")) {
      bank.take("done");
    }
    Evidence done =
        new Evidence(Source.CALLBACK, Finding.DONE, null, "c1", "e1", Instant.EPOCH, "late");
    concordat.reservations().evidence("bank", key, done);
  }

  /** Also where the fault meets the question itself. */
  private static Status status(Concordat concordat, Reservation<Payment> payment) {
    try {
      return concordat.find(payment, "p1").await(PATIENCE).status();
    } catch (ConcordatException e) {
      return concordat.find(payment, "p1").await(PATIENCE).status();
    }
  }

  private static void check(
      Concordat concordat,
      Fixture db,
      Bank bank,
      Reservation<Payment> payment,
      Way way,
      Deaths deaths,
      @Nullable ReservationResult<Payment> result) {
    assertThat(result).as("%s", deaths.points()).isNotNull();
    if (way == Way.LATE) {
      db.await(CORRECTED, "1");
      db.await(UNHEARD, "0");
    }
    Status status = status(concordat, payment);
    boolean paid = status == Status.COMPLETED;
    assertThat(paid).isEqualTo(way == Way.STRAIGHT || way == Way.UNKNOWN);
    assertThat(db.text("SELECT balance FROM account")).isEqualTo(paid ? "95800" : "100000");
    assertThat(db.text("SELECT count(*) FROM held")).isEqualTo("0");
    assertThat(bank.taken.get() - bank.given.get()).isEqualTo(paid ? 1 : 0);
    assertThat(bank.taken.get()).isLessThanOrEqualTo(1);
    assertThat(bank.refunds.size()).isLessThanOrEqualTo(1);
    assertThat(db.ledger()).isEqualTo(paid ? "hold,confirm" : "hold,release");
    assertThat(
            db.text(
                "SELECT count(*) FROM concordat.hold WHERE NOT settled AND instance IN"
                    + " (SELECT no FROM concordat.instance WHERE status NOT IN ('COMPLETED',"
                    + " 'COMPENSATED'))"))
        .isEqualTo("0");
  }
}
