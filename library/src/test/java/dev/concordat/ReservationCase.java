package dev.concordat;

import static dev.concordat.Bank.PAYMENT;
import static dev.concordat.Fixture.PATIENCE;

import dev.concordat.Bank.Payment;
import dev.concordat.core.Status;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationReport;
import dev.concordat.reservation.ReservationResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A database with an account, a bank, and short words for what tests of reservations do. */
abstract class ReservationCase {

  final Fixture db = Fixture.open();
  Bank bank;

  @BeforeEach
  void open() throws Exception {
    Bank.tables(db);
    bank = new Bank();
  }

  @AfterEach
  void close() {
    bank.close();
    db.close();
  }

  Concordat start(Reservation<?>... reservations) {
    return db.concordat().reservations(reservations).start();
  }

  /** Balance, and what is held. */
  String books() {
    return db.text(
        "SELECT balance || '/' || (SELECT coalesce(sum(cents), 0) FROM held)" + " FROM account");
  }

  String key(String id) {
    return db.text(
        "SELECT h.key FROM concordat.hold h JOIN concordat.instance i ON i.no = h.instance"
            + " WHERE i.id = '"
            + id
            + "'");
  }

  static Evidence says(Source source, Finding finding, String event) {
    return says(source, finding, event, null, null);
  }

  static Evidence says(
      Source source,
      Finding finding,
      String event,
      @Nullable Money amount,
      @Nullable String reference) {
    return new Evidence(source, finding, amount, reference, event, Instant.now(), "said so");
  }

  ReservationResult<Payment> run(Concordat concordat, Reservation<Payment> payment) {
    return concordat.run(payment, "p1", PAYMENT, PATIENCE);
  }

  void awaitCorrection(Status status) {
    db.await(
        "SELECT coalesce(string_agg(status, ','), '') FROM concordat.instance"
            + " WHERE parent IS NOT NULL",
        status.name());
  }

  List<String> kinds(Concordat concordat, String id) {
    return concordat.reservationStory(id).orElseThrow().moments().stream()
        .map(moment -> moment.type())
        .toList();
  }

  static List<ReservationReport.Unresolved> unresolved(Concordat concordat) {
    List<ReservationReport.Unresolved> rows = new ArrayList<>();
    concordat.reservations().report().unresolved(rows::add);
    return rows;
  }
}
