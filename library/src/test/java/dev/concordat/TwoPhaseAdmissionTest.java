package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import dev.concordat.local.LocalPostgres;
import dev.concordat.store.Branches.Limits;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: no more is let in than finds room beside what others have prepared, of whatever name (D25).
 * Method: a server with room for five, of which foreign transactions take some.
 */
class TwoPhaseAdmissionTest {

  private static final LocalPostgres SMALL =
      LocalPostgres.builder().setting("max_prepared_transactions", "5").start();

  private final Fixture home = Fixture.open();
  private final HikariDataSource small = new HikariDataSource();
  private final Concordat concordat = home.concordat().pollingOnly().start();
  private TwoPhaseCommit commit;

  @BeforeEach
  void open() throws SQLException {
    small.setJdbcUrl(SMALL.createDatabase("admission" + System.nanoTime()));
    sql("CREATE TABLE ledger (what text)");
    commit =
        concordat.twoPhaseCommit(
            TwoPhase.named("admitted")
                .database("home", home.pool)
                .database("small", small)
                .grace(Duration.ofMinutes(10))
                .limits(
                    new Limits(
                        Duration.ofMillis(100), Duration.ofMinutes(5), Duration.ofMinutes(5))));
  }

  @AfterEach
  void close() {
    concordat.close();
    small.close();
    home.close();
  }

  private void sql(String... all) throws SQLException {
    try (Connection connection = small.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : all) {
        statement.execute(sql);
      }
    }
  }

  private void foreign(int from, int to) throws SQLException {
    for (int n = from; n < to; n++) {
      sql(
          "BEGIN",
          "INSERT INTO ledger VALUES ('foreign')",
          "PREPARE TRANSACTION 'other-" + n + "'");
    }
  }

  /** How many are let in, while all that are stay inside. */
  private int admitted(int tried) throws Exception {
    CountDownLatch refused = new CountDownLatch(tried);
    CountDownLatch inside = new CountDownLatch(tried);
    CountDownLatch go = new CountDownLatch(1);
    for (int n = 0; n < tried; n++) {
      String id = "t" + System.nanoTime();
      Callable<Outcome<Integer>> one =
          () ->
              commit.execute(
                  id,
                  tx -> {
                    inside.countDown();
                    refused.countDown();
                    go.await();
                    return 1;
                  });
      Thread.ofVirtual()
          .start(() -> {
            try {
              if (one.call() instanceof Outcome.Refused<Integer> no
                  && no.reason().contains("no room among the prepared")) {
                refused.countDown();
              }
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
    }
    try {
      assertThat(refused.await(60, TimeUnit.SECONDS)).isTrue();
      return (int) (tried - inside.getCount());
    } finally {
      go.countDown();
    }
  }

  private void awaitAdmitted(int expected) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    int now = admitted(6);
    while (now != expected && System.nanoTime() < end) {
      now = admitted(6);
    }
    assertThat(now).isEqualTo(expected);
  }

  @Test
  @DisplayName("D25: what others have prepared takes its share, and gives it back")
  void othersTakeTheirShare() throws Exception {
    awaitAdmitted(4);

    foreign(0, 3);
    awaitAdmitted(1);

    sql("ROLLBACK PREPARED 'other-0'");
    awaitAdmitted(2);

    // One is always let in. With no room at all it is refused when it prepares, and nothing is
    // left.
    foreign(3, 6);
    awaitAdmitted(1);
    Outcome<Integer> outcome =
        commit.execute(
            "last",
            tx -> {
              tx.on("home").update("INSERT INTO ledger (what) VALUES ('x')");
              return tx.on("small").update("INSERT INTO ledger VALUES ('x')");
            });
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            no -> assertThat(no.reason()).contains("no room for another prepared transaction"));
    for (int n = 1; n < 6; n++) {
      sql("ROLLBACK PREPARED 'other-" + n + "'");
    }
    awaitAdmitted(4);
  }

  @Test
  @DisplayName("D25: each branch that may be prepared in one server takes room there")
  void severalDatabasesOfOneServer() throws Exception {
    commit.close();
    try (HikariDataSource other = new HikariDataSource();
        HikariDataSource third = new HikariDataSource()) {
      other.setJdbcUrl(SMALL.createDatabase("other" + System.nanoTime()));
      third.setJdbcUrl(SMALL.createDatabase("third" + System.nanoTime()));
      commit =
          concordat.twoPhaseCommit(
              TwoPhase.named("three")
                  .database("small", small)
                  .database("other", other)
                  .database("third", third)
                  .grace(Duration.ofMinutes(10))
                  .limits(
                      new Limits(
                          Duration.ofMillis(100), Duration.ofMinutes(5), Duration.ofMinutes(5))));
      awaitAdmitted(2);
      commit.close();
    }
  }

  @Test
  @DisplayName("D25: who is let in finds room, however many come at once")
  void noneIsRefusedForRoom() throws Exception {
    commit.close();
    try (TwoPhaseCommit patient =
            concordat.twoPhaseCommit(
                TwoPhase.named("admitted").database("home", home.pool).database("small", small));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Outcome<Integer>>> all = new ArrayList<>();
      CyclicBarrier together = new CyclicBarrier(4);
      for (int n = 0; n < 40; n++) {
        String id = "t" + n;
        all.add(
            threads.submit(() ->
                patient.execute(
                    id,
                    tx -> {
                      tx.on("home").update("INSERT INTO ledger (what) VALUES (?)", id);
                      tx.on("small").update("INSERT INTO ledger VALUES (?)", id);
                      return together.await(60, TimeUnit.SECONDS) < 4 ? 1 : 0;
                    })));
      }

      for (Future<Outcome<Integer>> one : all) {
        assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo(new Outcome.Done<>(1));
      }
    }
  }
}
