package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static dev.concordat.Fixture.noting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.Status;
import dev.concordat.saga.Saga;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Goal: a worker hears of what other processes leave for it, and hears again after its connection
 * broke (P10). Method: a worker that would look by itself only after the test's patience.
 */
class WakingTest {

  private static final Duration NEVER_IN_TIME = PATIENCE.multipliedBy(20);

  private static ConcordatBuilder sleepy(Fixture db, Saga<?> saga) {
    return db.concordat(saga).lease(NEVER_IN_TIME).poll(NEVER_IN_TIME);
  }

  private static Saga<Trip> waiting() {
    return noting(
            Saga.named("s", Trip.class)
                .awaitSignal("go", String.class, (trip, payload) -> trip.withNote(payload)),
            "a")
        .build();
  }

  @Test
  void whatAClientStartsAndSignalsIsTakenUpAtOnce() {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga = waiting();
      try (Concordat worker = sleepy(db, saga).start();
          Concordat client = db.concordat(saga).client()) {
        client.start(saga, "t", Trip.of("t"));
        client.find(saga, "t").signal("go", "now");

        assertThat(worker.find(saga, "t").await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
  }

  @Test
  void aStartInATransactionIsTakenUpWhenTheApplicationSaysSo() throws Exception {
    try (Fixture db = Fixture.open()) {
      Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
      try (Concordat worker = sleepy(db, saga).start();
          Concordat client = db.concordat(saga).client();
          Connection connection = db.pool.getConnection()) {
        connection.setAutoCommit(false);
        client.start(connection, saga, "t", Trip.of("t"));
        connection.commit();
        client.wake();

        assertThat(worker.find(saga, "t").await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
  }

  @Test
  void aWorkerWhoseConnectionsBrokeHearsAgain() throws Exception {
    try (Fixture db = Fixture.open();
        Connection elsewhere = DriverManager.getConnection(db.pool.getJdbcUrl());
        Statement statement = elsewhere.createStatement()) {
      Saga<Trip> saga = waiting();
      try (Concordat worker = sleepy(db, saga).start();
          Concordat client = db.concordat(saga).client()) {
        client.start(saga, "t", Trip.of("t"));
        statement.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND query LIKE 'LISTEN%'");
        client.find(saga, "t").signal("go", "now");

        assertThat(worker.find(saga, "t").await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
  }
}
