package dev.concordat.postgres;

import static dev.concordat.store.Writes.birth;
import static dev.concordat.store.Writes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.store.RolledBack;
import dev.concordat.store.Transactions.Local;
import dev.concordat.store.Write;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;

/**
 * Goal: what only a real PostgreSQL can do to a local transaction is answered honestly (P4, P11).
 * Method: errors, deferred constraints and killed connections before and during COMMIT.
 */
class PgStoreTest {

  private final DataSource source = TestPostgres.pool();
  private final PostgresStore store = new PostgresStore(source, "steps");

  @BeforeEach
  void makeTables() {
    TestPostgres.sql(source, "DROP SCHEMA IF EXISTS steps CASCADE");
    store.migrate();
    TestPostgres.sql(
        source,
        """
        CREATE TABLE steps.account (id text PRIMARY KEY, balance int CHECK (balance >= 0));
        CREATE TABLE steps.booking (account text REFERENCES steps.account (id)
          DEFERRABLE INITIALLY DEFERRED)
        """);
    store.journal().append(List.of(birth(1, 5)));
  }

  @AfterEach
  void giveBackConnections() {
    store.close();
  }

  private static void run(Local local, String sql) throws SQLException {
    TestPostgres.sql(local.connection(), sql);
  }

  private List<String> accounts() {
    return TestPostgres.rows(source, "SELECT id FROM steps.account ORDER BY id");
  }

  private int entries() {
    return store.journal().read(1).size();
  }

  @Test
  void refusesToEndTheTransactionAndSaysWhy() throws Exception {
    try (Local local = store.transactions().begin()) {
      Connection connection = local.connection();
      run(local, "INSERT INTO steps.account VALUES ('a', 1)");
      assertThatThrownBy(connection::commit)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("commit()")
          .hasMessageContaining("Nothing was committed");
      assertThatThrownBy(connection::rollback).isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(connection::close).isInstanceOf(UnsupportedOperationException.class);
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT 1")) {
        for (Connection around :
            List.of(
                statement.getConnection(),
                rows.getStatement().getConnection(),
                connection.getMetaData().getConnection(),
                connection.unwrap(BaseConnection.class))) {
          assertThatThrownBy(around::commit).isInstanceOf(UnsupportedOperationException.class);
        }
        assertThatThrownBy(() -> statement.execute("COMMIT"))
            .isInstanceOf(UnsupportedOperationException.class);
      }
    }

    assertThat(accounts()).isEmpty();
  }

  @Test
  void savepointsAreBusinessCodesOwnAffair() throws Exception {
    try (Local local = store.transactions().begin()) {
      run(local, "INSERT INTO steps.account VALUES ('a', 1)");
      Savepoint savepoint = local.connection().setSavepoint();
      Throwable error =
          catchThrowable(() -> run(local, "INSERT INTO steps.account VALUES ('a', 2)"));
      assertThat(error).isInstanceOf(SQLException.class);
      local.connection().rollback(savepoint);
      assertThat(local.commit(entry(1, 1, 1))).isEqualTo(Write.Result.ACCEPTED);
    }

    assertThat(accounts()).containsExactly("a");
  }

  @Test
  void aSwallowedErrorNeverCommits() throws Exception {
    try (Local local = store.transactions().begin()) {
      run(local, "INSERT INTO steps.account VALUES ('a', 1)");
      assertThat(catchThrowable(() -> run(local, "INSERT INTO steps.account VALUES ('b', -1)")))
          .isInstanceOf(SQLException.class);

      assertThatThrownBy(() -> local.commit(entry(1, 1, 1)))
          .isInstanceOf(RolledBack.class)
          .cause()
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("25P02");
    }

    assertThat(accounts()).isEmpty();
    assertThat(entries()).isEqualTo(1);
  }

  @Test
  void aDeferredConstraintThatFailsAtCommitIsRolledBackForCertain() throws Exception {
    try (Local local = store.transactions().begin()) {
      run(local, "INSERT INTO steps.account VALUES ('a', 1)");
      run(local, "INSERT INTO steps.booking VALUES ('nobody')");

      assertThatThrownBy(() -> local.commit(entry(1, 1, 1)))
          .isInstanceOf(RolledBack.class)
          .cause()
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("23503");
    }

    assertThat(accounts()).isEmpty();
    assertThat(entries()).isEqualTo(1);
    try (Local local = store.transactions().begin()) {
      assertThat(local.commit(entry(1, 1, 1))).isEqualTo(Write.Result.ACCEPTED);
    }
  }

  @Test
  void aConstraintOfTheBusinessIsNotTakenForOurs() throws Exception {
    TestPostgres.sql(
        source,
        "CREATE SCHEMA IF NOT EXISTS shop; DROP TABLE IF EXISTS shop.journal;"
            + " CREATE TABLE shop.journal (id int CONSTRAINT journal_pkey PRIMARY KEY DEFERRABLE"
            + " INITIALLY DEFERRED)");
    try (Local local = store.transactions().begin()) {
      run(local, "INSERT INTO shop.journal VALUES (1), (1)");

      assertThatThrownBy(() -> local.commit(entry(1, 1, 1))).isInstanceOf(RolledBack.class);
    }
  }

  @Test
  void aConnectionKilledBeforeCommitIsUnknownAndDidNotCommit() throws Exception {
    try (Local local = store.transactions().begin()) {
      run(local, "INSERT INTO steps.account VALUES ('a', 1)");
      terminate(pid(local));

      assertThatThrownBy(() -> local.commit(entry(1, 1, 1)))
          .isInstanceOf(OutcomeUnknownException.class)
          .extracting(e -> ((OutcomeUnknownException) e).key())
          .isEqualTo("1");
    }

    assertThat(accounts()).isEmpty();
    assertThat(entries()).isEqualTo(1);
  }

  @Test
  void aConnectionKilledDuringCommitIsUnknownToo() throws Exception {
    makeCommitWaitForTheAdvisoryLock();
    try (Connection gate = source.getConnection();
        Local local = store.transactions().begin();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      TestPostgres.sql(gate, "SELECT pg_advisory_lock(77)");
      run(local, "INSERT INTO steps.account VALUES ('a', 1)");
      int pid = pid(local);
      Future<Write.Result> commit = threads.submit(() -> local.commit(entry(1, 1, 1)));
      awaitWaiting(pid);
      terminate(pid);

      assertThatThrownBy(commit::get).cause().isInstanceOf(OutcomeUnknownException.class);
      TestPostgres.sql(gate, "SELECT pg_advisory_unlock(77)");
    }

    assertThat(accounts()).isEmpty();
    assertThat(store.journal().append(List.of(entry(1, 1, 1))))
        .containsExactly(Write.Result.ACCEPTED);
  }

  @Test
  void anAbortFromAnotherThreadFreesACommitThatHangs() throws Exception {
    makeCommitWaitForTheAdvisoryLock();
    try (Connection gate = source.getConnection();
        Local local = store.transactions().begin();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      TestPostgres.sql(gate, "SELECT pg_advisory_lock(77)");
      run(local, "INSERT INTO steps.account VALUES ('a', 1)");
      int pid = pid(local);
      Future<Write.Result> commit = threads.submit(() -> local.commit(entry(1, 1, 1)));
      awaitWaiting(pid);
      local.abort();

      assertThatThrownBy(commit::get).cause().isInstanceOf(OutcomeUnknownException.class);
      terminate(pid);
      TestPostgres.sql(gate, "SELECT pg_advisory_unlock(77)");
    }
  }

  /** Whoever books an account waits, at COMMIT, for whoever holds the advisory lock. */
  private void makeCommitWaitForTheAdvisoryLock() {
    TestPostgres.sql(
        source,
        """
        CREATE FUNCTION steps.gate() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON steps.account
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION steps.gate()
        """);
  }

  private static int pid(Local local) throws SQLException {
    try (Statement statement = local.connection().createStatement();
        var row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }

  private void terminate(int pid) {
    TestPostgres.rows(source, "SELECT pg_terminate_backend(" + pid + ", 10000)");
  }

  private void awaitWaiting(int pid) {
    String waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = " + pid;
    while (TestPostgres.rows(source, waits).isEmpty()) {
      LockSupport.parkNanos(2_000_000);
    }
  }
}
