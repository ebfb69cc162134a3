package dev.concordat.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.NotNowException;
import dev.concordat.store.Branches;
import dev.concordat.store.Branches.Vote;
import dev.concordat.store.Decisions;
import dev.concordat.store.Decisions.Decided;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: one decision, whoever is first, and true votes and endings (P7, P11). Method: the answers
 * of a real PostgreSQL to what two-phase commits ask of it, also when two ask at once.
 */
class PostgresBranchesTest {

  private static final String SCHEMA = "branches";
  private static final Branches.Limits LIMITS =
      new Branches.Limits(Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(20));
  private static final Duration DAYS = Duration.ofDays(14);
  private final HikariDataSource source = TestPostgres.pool();
  private final PostgresBranches database = new PostgresBranches(source, SCHEMA);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void makeTables() {
    TestPostgres.sql(source, "DROP SCHEMA IF EXISTS branches CASCADE");
    database.migrate();
    database.takeConnection();
    TestPostgres.sql(source, "CREATE TABLE branches.money (amount int)");
  }

  @AfterEach
  void giveBackConnections() {
    threads.shutdownNow();
    database.close();
  }

  private BranchId attempt(String id, String number) {
    return new BranchId(id, number, new Place("here", database.mark()), database.mark());
  }

  private Decisions.Deciding written() throws SQLException {
    Decisions.Deciding branch = database.beginDeciding(LIMITS, "concordat:test");
    assertThat(branch.update("INSERT INTO branches.money VALUES (1)")).isEqualTo(1);
    return branch;
  }

  private List<String> money() {
    return TestPostgres.rows(source, "SELECT amount FROM branches.money");
  }

  @Test
  @DisplayName("P7: an attempt that was fenced off cannot commit; another of its id can")
  void fencedFirst() throws SQLException {
    BranchId slow = attempt("t1", "00000000000000aa");
    try (Decisions.Deciding branch = written()) {
      assertThat(database.fence("test", slow).commits(slow.attempt())).isFalse();

      assertThat(branch.decide("test", slow, List.of(), null, DAYS))
          .isInstanceOf(Decided.Refused.class);
    }
    assertThat(money()).isEmpty();
    BranchId next = attempt("t1", "00000000000000bb");
    try (Decisions.Deciding branch = written()) {
      assertThat(branch.decide("test", next, List.of(), "\"done\"", DAYS))
          .isEqualTo(new Decided.Committed());
    }
    assertThat(money()).hasSize(1);
    assertThat(database.fence("test", next).commits(next.attempt())).isTrue();
    try (Decisions.Deciding branch = written()) {
      assertThat(branch.decide("test", attempt("t1", "00000000000000cc"), List.of(), null, DAYS))
          .isInstanceOfSatisfying(
              Decided.Before.class,
              before -> assertThat(before.decision().receipt()).isEqualTo("\"done\""));
    }
    assertThat(money()).hasSize(1);
  }

  @Test
  @DisplayName("P7: who fences an attempt that is just being committed waits, and learns that")
  void fencedWhileCommitting() throws Exception {
    BranchId other = attempt("t1", "00000000000000aa");
    try (Connection committing = source.getConnection()) {
      committing.setAutoCommit(false);
      String made =
          "INSERT INTO branches.decision (id, name, attempt, settled)"
              + " VALUES ('t1', 'test', '00000000000000aa', true)";
      TestPostgres.sql(committing, made);
      Future<Decisions.Decision> fence = threads.submit(() -> database.fence("test", other));
      awaitOne("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
      committing.commit();
      committing.setAutoCommit(true);

      assertThat(fence.get(20, TimeUnit.SECONDS).commits(other.attempt())).isTrue();
    }
  }

  @Test
  @DisplayName("P11: who cannot wait any longer for such a commit says so, and guesses nothing")
  void fencedWhileACommitHangs() throws Exception {
    try (Connection committing = source.getConnection()) {
      committing.setAutoCommit(false);
      String made =
          "INSERT INTO branches.decision (id, name, attempt, settled)"
              + " VALUES ('t1', 'test', '00000000000000aa', true)";
      TestPostgres.sql(committing, made);

      Future<Decisions.Decision> fence =
          threads.submit(() -> database.fence("test", attempt("t1", "00000000000000aa")));

      assertThat(failure(fence)).isInstanceOf(NotNowException.class);
      committing.rollback();
      committing.setAutoCommit(true);
    }
  }

  private static Throwable failure(Future<?> future) throws Exception {
    try {
      return new AssertionError("it gave " + future.get(20, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private void awaitOne(String count) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!TestPostgres.rows(source, count).equals(List.of("1"))) {
      assertThat(System.nanoTime()).as(count).isLessThan(end);
    }
  }

  @Test
  @DisplayName("P7: a name that is taken is a vote against, and what has it is left alone")
  void nameTaken() throws SQLException {
    BranchId id = attempt("t1", "00000000000000aa");
    try (Connection foreign = source.getConnection()) {
      foreign.setAutoCommit(false);
      TestPostgres.sql(foreign, "INSERT INTO branches.money VALUES (2)");
      TestPostgres.sql(foreign, "PREPARE TRANSACTION '" + id.text() + "'");
      foreign.setAutoCommit(true);
      try (Decisions.Deciding branch = written()) {
        assertThat(branch.prepare(id, DAYS))
            .isInstanceOfSatisfying(
                Vote.No.class, no -> assertThat(no.reason()).contains("left alone"));
      }
      assertThat(TestPostgres.rows(source, "SELECT gid FROM pg_prepared_xacts"))
          .containsExactly(id.text());
      TestPostgres.sql(foreign, "ROLLBACK PREPARED '" + id.text() + "'");
    }
    assertThat(money()).isEmpty();
  }

  @Test
  @DisplayName("P7: a branch that is gone has committed if its row is there, and only then")
  void gone() throws SQLException {
    BranchId id = attempt("t1", "00000000000000aa");
    try (Decisions.Deciding branch = written()) {
      assertThat(branch.prepare(id, DAYS)).isEqualTo(new Vote.Yes());
    }
    try (Branches.Teller teller = database.teller()) {
      assertThat(teller.commit(id)).isEqualTo(BranchEnding.DONE);
      assertThat(teller.commit(id)).isEqualTo(BranchEnding.ALREADY);
      assertThat(teller.rollBack(id)).isEqualTo(BranchEnding.HEURISTIC);
    }
    assertThat(money()).hasSize(1);
  }

  @Test
  @DisplayName("P7: who may not end a branch is told again, and the branch waits")
  void anothersBranch() throws SQLException {
    BranchId id = attempt("t1", "00000000000000aa");
    try (Decisions.Deciding branch = written()) {
      assertThat(branch.prepare(id, DAYS)).isEqualTo(new Vote.Yes());
    }
    TestPostgres.sql(source, "CREATE ROLE nobody_here");
    HikariDataSource other = new HikariDataSource();
    other.setJdbcUrl(TestPostgres.server().jdbcUrl());
    other.setConnectionInitSql("SET ROLE nobody_here");
    try (other;
        PostgresBranches stranger = new PostgresBranches(other, SCHEMA);
        Branches.Teller teller = stranger.teller()) {
      assertThat(teller.commit(id)).isEqualTo(BranchEnding.AGAIN);
    }
    try (Branches.Teller teller = database.teller()) {
      assertThat(teller.rollBack(id)).isEqualTo(BranchEnding.DONE);
    }
    TestPostgres.sql(source, "DROP ROLE nobody_here");
    assertThat(money()).isEmpty();
  }

  private List<String> remembered() {
    return TestPostgres.rows(source, "SELECT attempt FROM branches.branch ORDER BY attempt");
  }

  @Test
  @DisplayName("P7: a branch is not forgotten while a decision may still ask for it")
  void remembersBranches() {
    TestPostgres.sql(
        source,
        "INSERT INTO branches.branch SELECT n, now() - n * interval '1 day'"
            + " FROM generate_series(10, 60, 10) AS n");
    TestPostgres.sql(
        source,
        "INSERT INTO branches.decision (id, name, attempt, settled, at)"
            + " VALUES ('t1', 'other', '00000000000000aa', false, now() - interval '40 days'),"
            + " ('t2', 'other', '00000000000000bb', true, now() - interval '90 days')");

    assertThat(database.open()).isBetween(Duration.ofDays(39), Duration.ofDays(41));
    assertThat(database.forget("test", Duration.ofHours(1), database.open())).isEqualTo(2);
    assertThat(remembered()).containsExactly("10", "20", "30", "40");
    assertThat(database.forget("other", Duration.ofDays(80), Duration.ZERO)).isEqualTo(1);
    TestPostgres.sql(source, "UPDATE branches.decision SET settled = true");
    assertThat(database.open()).isZero();
    assertThat(database.forget("test", Duration.ofHours(1), Duration.ZERO)).isEqualTo(2);
    assertThat(remembered()).containsExactly("10", "20");
  }

  @Test
  @DisplayName("P4: an id is free again when it is remembered no more, and not before")
  void freesIds() throws SQLException {
    try (Decisions.Deciding branch = written()) {
      assertThat(branch.decide("test", attempt("t1", "00000000000000aa"), List.of(), null, DAYS))
          .isEqualTo(new Decided.Committed());
    }
    TestPostgres.sql(source, "INSERT INTO branches.taken VALUES ('t2', now())");

    assertThat(database.forget("test", DAYS, Duration.ZERO)).isZero();

    assertThat(TestPostgres.rows(source, "SELECT id FROM branches.taken")).containsExactly("t1");
  }

  @Test
  @DisplayName("P7: only what is settled, old and of that name is forgotten; aborts from the last")
  void forgetsDecisions() {
    TestPostgres.sql(
        source,
        "INSERT INTO branches.decision (id, name, attempt, fenced, settled, at)"
            + " VALUES ('old', 'test', '00000000000000aa', '{}', true, now() - interval '15 days'),"
            + " ('young', 'test', '00000000000000ab', '{}', true, now() - interval '13 days'),"
            + " ('open', 'test', '00000000000000ac', '{}', false, now() - interval '15 days'),"
            + " ('other', 'others', '00000000000000ad', '{}', true, now() - interval '15 days'),"
            + " ('aborted', 'test', NULL, '{00000000000000ae}', true, now() - interval '15 days'),"
            + " ('again', 'test', NULL, '{00000000000000af}', true, now() - interval '15 days')");
    assertThat(database.fence("test", attempt("again", "00000000000000af")).isCommit()).isFalse();

    assertThat(database.forget("test", DAYS, database.open())).isEqualTo(2);

    assertThat(TestPostgres.rows(source, "SELECT id FROM branches.decision ORDER BY id"))
        .containsExactly("again", "open", "other", "young");
    database.settle(List.of("open"));
    assertThat(database.forget("test", DAYS, database.open())).isEqualTo(1);
    assertThat(database.find("open")).isEmpty();
  }
}
