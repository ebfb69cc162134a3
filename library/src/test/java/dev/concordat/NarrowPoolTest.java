package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static dev.concordat.Fixture.noting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the smallest pool that is taken is enough for progress, whoever holds its connections
 * (P10). Method: real pools of one and two connections.
 */
class NarrowPoolTest {

  @Test
  void parallelLocalBranchesEndOnTwoConnections() {
    try (Fixture db = Fixture.withConnections(2)) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .parallel(
                  noting(Saga.branch(Trip.class), "left"),
                  noting(Saga.branch(Trip.class), "middle"),
                  noting(Saga.branch(Trip.class), "right"))
              .build();
      try (Concordat concordat = db.concordat(saga).pollingOnly().start()) {
        List<SagaHandle<Trip>> handles = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
          handles.add(concordat.start(saga, "t" + i, Trip.of("t")));
        }
        for (SagaHandle<Trip> handle : handles) {
          assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        }
      }
      assertThat(db.text("SELECT count(*) FROM ledger")).isEqualTo("120");
    }
  }

  @Test
  void connectionsThatBreakMeanwhileDoNotEndThat() throws Exception {
    try (Fixture db = Fixture.withConnections(2);
        Connection elsewhere = DriverManager.getConnection(db.pool.getJdbcUrl());
        Statement statement = elsewhere.createStatement()) {
      Saga<Trip> saga =
          Saga.named("s", Trip.class)
              .parallel(
                  noting(Saga.branch(Trip.class), "left"),
                  noting(Saga.branch(Trip.class), "right"),
                  Saga.branch(Trip.class)
                      .step("call", (trip, call) -> trip)
                      .noCompensation("it is asked, not done"))
              .build();
      // Many local steps wait for connections, and the journal must not wait behind all of them.
      Concordat starting =
          db.concordat(saga).pollingOnly().patience(Duration.ofSeconds(10)).start();
      try (Concordat concordat = starting) {
        List<SagaHandle<Trip>> handles = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
          for (int i = 0; i < 100; i++) {
            handles.add(concordat.start(saga, "t" + round + "." + i, Trip.of("t")));
          }
          statement.execute(
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }
        for (SagaHandle<Trip> handle : handles) {
          assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        }
      }
      assertThat(db.text("SELECT count(*) FROM ledger")).isEqualTo("600");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPoolThatIsTooSmallIsRefusedAndSaysWhy(int connections) {
    try (Fixture db = Fixture.withConnections(connections)) {
      Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
      ConcordatBuilder builder = db.concordat(saga);

      assertThatThrownBy(() -> (connections == 1 ? builder.pollingOnly() : builder).start())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("at least " + (connections + 1));
      assertThat(db.text("SELECT 1")).as("the connection was given back").isEqualTo("1");
    }
  }

  @Test
  void aPoolThatUserCodeRunsDryDoesNotCostTheLease() throws Exception {
    try (Fixture db = Fixture.withConnections(2);
        Connection elsewhere = DriverManager.getConnection(db.pool.getJdbcUrl());
        Statement statement = elsewhere.createStatement()) {
      Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
      try (Concordat concordat = db.concordat(saga).pollingOnly().start();
          Connection taken = db.pool.getConnection()) {
        statement.execute("CREATE TABLE at_first AS SELECT lease_until FROM concordat.worker");
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isRenewed(statement)) {
          assertThat(System.nanoTime()).as("the lease is renewed").isLessThan(end);
          assertThat(taken.isValid(1)).isTrue();
        }
        SagaHandle<Trip> handle = concordat.start(saga, "t", Trip.of("t"));
        assertThat(handle.now().status()).isEqualTo(Status.RUNNING);
        taken.close();
        assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
  }

  private static boolean isRenewed(Statement statement) throws Exception {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT w.lease_until > f.lease_until + interval '2 s'"
                + " FROM concordat.worker w, at_first f")) {
      return row.next() && row.getBoolean(1);
    }
  }
}
