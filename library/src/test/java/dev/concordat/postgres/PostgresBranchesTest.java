package dev.concordat.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.ConcordatException;
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
    awaitRows(count, "1");
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
    TestPostgres.sql(
        source,
        "INSERT INTO branches.taken SELECT 't' || n, now() - n * interval '1 day'"
            + " FROM generate_series(10, 40, 10) AS n");

    assertThat(database.forget("test", DAYS, Duration.ofDays(25))).isEqualTo(2);
    assertThat(taken()).containsExactly("t1", "t10", "t20");
    assertThat(database.forget("test", DAYS, Duration.ZERO)).isEqualTo(1);
    assertThat(taken()).containsExactly("t1", "t10");
  }

  private List<String> taken() {
    return TestPostgres.rows(source, "SELECT id FROM branches.taken ORDER BY id");
  }

  @Test
  @DisplayName("P4: what was followed late is remembered from then on, with its ids")
  void followedLate() throws SQLException {
    BranchId first = attempt("t1", "00000000000000aa");
    try (Decisions.Deciding branch = written()) {
      List<Place> others = List.of(new Place("there", "00000000"));
      assertThat(branch.decide("test", first, others, "\"done\"", Duration.ofHours(1)))
          .isEqualTo(new Decided.Committed());
    }
    TestPostgres.sql(source, "UPDATE branches.decision SET at = at - interval '2 hours'");
    TestPostgres.sql(source, "UPDATE branches.taken SET until = until - interval '2 hours'");

    database.settle(List.of("t1"));

    assertThat(database.forget("test", Duration.ofHours(1), database.open())).isZero();
    assertThat(database.find("t1")).isPresent();
    assertThat(taken()).containsExactly("t1");
    try (Decisions.Deciding branch = written()) {
      assertThat(branch.prepare(attempt("t1", "00000000000000bb"), DAYS))
          .isInstanceOfSatisfying(Vote.No.class, no -> assertThat(no.elsewhere()).isTrue());
    }
    TestPostgres.sql(source, "UPDATE branches.decision SET at = at - interval '61 minutes'");
    assertThat(database.forget("test", Duration.ofHours(1), database.open())).isEqualTo(1);
  }

  @Test
  @DisplayName("what was followed at once is remembered from its decision on")
  void followedAtOnce() {
    TestPostgres.sql(
        source,
        "INSERT INTO branches.decision (id, name, attempt, settled, at)"
            + " VALUES ('t1', 'test', '00000000000000aa', false, now() - interval '30 seconds')");
    String at = TestPostgres.rows(source, "SELECT at FROM branches.decision").getFirst();

    database.settle(List.of("t1"));

    assertThat(TestPostgres.rows(source, "SELECT at FROM branches.decision")).containsExactly(at);
  }

  @Test
  @DisplayName("what cannot be forgotten in one table keeps nothing else from being forgotten")
  void forgetsTheRest() {
    for (String table : List.of("branch", "taken", "decision")) {
      makeTables();
      TestPostgres.sql(
          source,
          "INSERT INTO branches.branch VALUES (1, now() - interval '90 days');"
              + "INSERT INTO branches.taken VALUES ('t1', now() - interval '90 days');"
              + "INSERT INTO branches.decision (id, name, settled, at)"
              + " VALUES ('t1', 'test', true, now() - interval '90 days');"
              + "CREATE FUNCTION branches.no() RETURNS trigger LANGUAGE plpgsql AS"
              + " 'BEGIN RAISE EXCEPTION ''not this one''; END';"
              + "CREATE TRIGGER no BEFORE DELETE ON branches."
              + table
              + " FOR EACH ROW EXECUTE FUNCTION branches.no()");

      assertThatThrownBy(() -> database.forget("test", DAYS, Duration.ZERO))
          .isInstanceOf(ConcordatException.class)
          .hasMessageContaining("not this one");

      for (String one : List.of("branch", "taken", "decision")) {
        assertThat(TestPostgres.rows(source, "SELECT count(*) FROM branches." + one))
            .as(one)
            .containsExactly(one.equals(table) ? "1" : "0");
      }
    }
  }

  @Test
  @DisplayName("what is old is found by an index, however much is young")
  void findsWhatIsOld() {
    TestPostgres.sql(
        source,
        "INSERT INTO branches.branch SELECT n FROM generate_series(1, 20000) AS n;"
            + "INSERT INTO branches.taken SELECT n, now() FROM generate_series(1, 20000) AS n;"
            + "INSERT INTO branches.decision (id, name, settled)"
            + " SELECT n, 'test', true FROM generate_series(1, 20000) AS n;"
            + "ANALYZE branches.branch;"
            + "ANALYZE branches.taken;"
            + "ANALYZE branches.decision;"
            + "SELECT pg_stat_reset()");

    database.forget("test", DAYS, Duration.ZERO);

    String read =
        "SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0) < 100"
            + " FROM pg_stat_user_tables WHERE schemaname = 'branches'"
            + " AND relname IN ('branch', 'taken', 'decision')";
    String used =
        "SELECT count(*) FROM pg_stat_user_indexes WHERE schemaname = 'branches' AND idx_scan > 0"
            + " AND indexrelname IN ('branch_since', 'taken_until', 'decision_settled')";
    awaitRows(used, "3");
    assertThat(TestPostgres.rows(source, read)).containsExactly("t");
  }

  private void awaitRows(String count, String wanted) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!TestPostgres.rows(source, count).equals(List.of(wanted))) {
      assertThat(System.nanoTime()).as(count).isLessThan(end);
    }
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
    assertThat(database.forget("test", DAYS, database.open())).isZero();
    TestPostgres.sql(
        source, "UPDATE branches.decision SET at = at - interval '15 days' WHERE id = 'open'");
    assertThat(database.forget("test", DAYS, database.open())).isEqualTo(1);
    assertThat(database.find("open")).isEmpty();
  }
}
