package dev.concordat.bench;

import dev.concordat.bench.Shop.Purchase;
import dev.concordat.core.RefusedException;
import dev.concordat.saga.OutsideAction;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaBuilder;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** The sagas that are measured. */
final class BenchSagas {

  private static final String NOTHING_DONE = "it does nothing that could be compensated";

  private BenchSagas() {}

  /** Three local steps, each with its own commit. */
  static Saga<Purchase> local() {
    return steps("local").local("book", Shop::book).noCompensation("the last step").build();
  }

  /** Three local steps that may share a commit. */
  static Saga<Purchase> fused() {
    return steps("fused")
        .local("book", Shop::book)
        .noCompensation("the last step")
        .fuseLocalSteps()
        .build();
  }

  /** Three local steps, of which the last is refused after its statement. */
  static Saga<Purchase> compensated() {
    return steps("compensated")
        .local("book", BenchSagas::refuse)
        .noCompensation("the last step")
        .build();
  }

  private static SagaBuilder<Purchase> steps(String name) {
    return Saga.named(name, Purchase.class)
        .local("enter", Shop::enter)
        .compensate(Shop::cancel)
        .local("pay", Shop::pay)
        .compensate(Shop::payBack);
  }

  private static Purchase refuse(Connection tx, Purchase purchase) throws SQLException {
    Shop.book(tx, purchase);
    throw new RefusedException("no bookings today");
  }

  /** Three steps outside that do nothing. */
  static Saga<Trip> outside() {
    return Saga.named("outside", Trip.class)
        .step("one", (trip, call) -> trip)
        .noCompensation(NOTHING_DONE)
        .step("two", (trip, call) -> trip)
        .noCompensation(NOTHING_DONE)
        .step("three", (trip, call) -> trip)
        .noCompensation(NOTHING_DONE)
        .build();
  }

  /** Sleeps for a month. */
  static Saga<Trip> asleep() {
    return Saga.named("asleep", Trip.class).sleep("sleep", Duration.ofDays(30)).build();
  }

  /** One step outside, as given. */
  static Saga<Trip> recovery(OutsideAction<Trip> action) {
    return Saga.named("recovery", Trip.class)
        .step("call", action)
        .noCompensation(NOTHING_DONE)
        .timeout(Duration.ofHours(1))
        .build();
  }
}
