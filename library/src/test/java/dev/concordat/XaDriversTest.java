package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.concordat.atomic.TwoPhase;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.postgresql.xa.PGXADataSource;

/**
 * The evidence for docs/xa.md: which XA drivers can be believed. Method: their classes alone, with
 * no Concordat between, on real servers.
 */
class XaDriversTest {

  private record Name(String text) implements Xid {
    @Override
    public int getFormatId() {
      return 1;
    }

    @Override
    public byte[] getGlobalTransactionId() {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] getBranchQualifier() {
      return new byte[] {1};
    }
  }

  private final Fixture postgres = Fixture.open();
  private final MariaDb mariaDb = MariaDb.open();
  private final Name name = new Name("x" + System.nanoTime());

  @BeforeEach
  void tables() {
    postgres.sql("CREATE TABLE money (id int PRIMARY KEY, amount int)");
    postgres.sql("INSERT INTO money VALUES (1, 100), (2, 100)");
    mariaDb.sql("CREATE TABLE money (id int PRIMARY KEY, amount int)");
    mariaDb.sql("INSERT INTO money VALUES (1, 100), (2, 100)");
  }

  @AfterEach
  void close() {
    postgres.close();
  }

  private PGXADataSource ofPostgres() {
    PGXADataSource source = new PGXADataSource();
    source.setURL(postgres.pool.getJdbcUrl());
    return source;
  }

  private static void run(XAConnection connection, String sql) throws SQLException {
    Connection lent = connection.getConnection();
    try (Statement statement = lent.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int code(XaCall call) {
    return catchThrowableOfType(XAException.class, call::run).errorCode;
  }

  private interface XaCall {
    void run() throws XAException, SQLException;
  }

  @Test
  @DisplayName(
      "PGXADataSource votes yes for a transaction that has failed, and nothing is prepared")
  void postgresVotesYesForWhatHasFailed() throws Exception {
    XAConnection connection = ofPostgres().getXAConnection();
    XAResource resource = connection.getXAResource();
    resource.start(name, XAResource.TMNOFLAGS);
    run(connection, "UPDATE money SET amount = 1");
    assertThatThrownBy(() -> run(connection, "INSERT INTO nowhere VALUES (1)"))
        .isInstanceOf(SQLException.class);
    resource.end(name, XAResource.TMSUCCESS);

    assertThat(resource.prepare(name)).isEqualTo(XAResource.XA_OK);

    assertThat(
            postgres.text(
                "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"))
        .isEqualTo("0");
    assertThatThrownBy(() -> resource.commit(name, false)).isInstanceOf(XAException.class);
    assertThat(postgres.text("SELECT amount FROM money WHERE id = 1")).isEqualTo("100");
    connection.close();
  }

  @Test
  @DisplayName(
      "PGXADataSource says read-only of a branch that it has prepared, and leaves it there")
  void postgresLeavesReadOnlyBranches() throws Exception {
    XAConnection connection = ofPostgres().getXAConnection();
    XAResource resource = connection.getXAResource();
    connection.getConnection().setReadOnly(true);
    resource.start(name, XAResource.TMNOFLAGS);
    run(connection, "SELECT * FROM money");
    resource.end(name, XAResource.TMSUCCESS);

    assertThat(resource.prepare(name)).isEqualTo(XAResource.XA_RDONLY);

    assertThat(
            postgres.text(
                "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"))
        .isEqualTo("1");
    postgres.sql(
        "ROLLBACK PREPARED '"
            + postgres.text("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")
            + "'");
    connection.close();
  }

  @Test
  @DisplayName("PGXADataSource calls a connection that the server ended an error of the branch")
  void postgresTakesALostConnectionForAFailure() throws Exception {
    XAConnection connection = ofPostgres().getXAConnection();
    XAResource resource = connection.getXAResource();
    resource.start(name, XAResource.TMNOFLAGS);
    run(connection, "UPDATE money SET amount = 1");
    resource.end(name, XAResource.TMSUCCESS);
    resource.prepare(name);
    postgres.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'PREPARE TRANS%'"
            + " AND datname = current_database()");

    assertThat(code(() -> resource.commit(name, false))).isEqualTo(XAException.XAER_RMERR);

    assertThat(
            postgres.text(
                "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"))
        .isEqualTo("1");
    postgres.sql(
        "ROLLBACK PREPARED '"
            + postgres.text("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")
            + "'");
  }

  @Test
  @DisplayName("MariaDbDataSource votes no where a deadlock that was swallowed has rolled back")
  void mariaDbDoesNotVoteYesForADeadlock() throws Exception {
    XAConnection one = mariaDb.source().getXAConnection();
    XAConnection other = mariaDb.source().getXAConnection();
    XAResource resource = one.getXAResource();
    resource.start(name, XAResource.TMNOFLAGS);
    run(one, "UPDATE money SET amount = 1 WHERE id = 1");
    Connection second = other.getConnection();
    second.setAutoCommit(false);
    // It has written more, so InnoDB rolls the branch back and not this one.
    run(other, "INSERT INTO money SELECT seq, 1 FROM seq_10_to_100");
    run(other, "UPDATE money SET amount = 1 WHERE id = 2");
    Thread waiting = Thread.ofVirtual().start(() -> waitForFirst(other));
    mariaDb.await("SELECT count(*) FROM information_schema.innodb_lock_waits", "1");
    assertThatThrownBy(() -> run(one, "UPDATE money SET amount = 1 WHERE id = 2"))
        .hasMessageContaining("Deadlock");
    waiting.join();

    assertThat(code(() -> resource.end(name, XAResource.TMSUCCESS)))
        .isEqualTo(XAException.XAER_RMFAIL);
    assertThatThrownBy(() -> resource.prepare(name)).isInstanceOf(XAException.class);
    assertThat(isListed(other)).isFalse();

    one.close();
    second.rollback();
    other.close();
  }

  private static void waitForFirst(XAConnection connection) {
    try {
      run(connection, "UPDATE money SET amount = 1 WHERE id = 1");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean isListed(XAConnection connection) throws SQLException, XAException {
    Xid[] all = connection.getXAResource().recover(XAResource.TMSTARTRSCAN);
    return Arrays.stream(all)
        .anyMatch(xid ->
            new String(xid.getGlobalTransactionId(), StandardCharsets.US_ASCII)
                .equals(name.text()));
  }

  @Test
  @DisplayName("MariaDbDataSource prepares what was only read too, and says so")
  void mariaDbPreparesWhatWasRead() throws Exception {
    XAConnection connection = mariaDb.source().getXAConnection();
    XAResource resource = connection.getXAResource();
    resource.start(name, XAResource.TMNOFLAGS);
    run(connection, "SELECT * FROM money");
    resource.end(name, XAResource.TMSUCCESS);

    assertThat(resource.prepare(name)).isEqualTo(XAResource.XA_OK);

    assertThat(isListed(connection)).isTrue();
    resource.rollback(name);
    assertThat(isListed(connection)).isFalse();
    connection.close();
  }

  @Test
  @DisplayName("MariaDB says that it knows no branch whose connection is open, and lists it")
  void mariaDbHidesAttachedBranches() throws Exception {
    XAConnection one = mariaDb.source().getXAConnection();
    XAConnection other = mariaDb.source().getXAConnection();
    XAResource resource = one.getXAResource();
    resource.start(name, XAResource.TMNOFLAGS);
    run(one, "UPDATE money SET amount = 1 WHERE id = 1");
    resource.end(name, XAResource.TMSUCCESS);
    assertThat(resource.prepare(name)).isEqualTo(XAResource.XA_OK);

    assertThat(code(() -> other.getXAResource().commit(name, false)))
        .isEqualTo(XAException.XAER_NOTA);
    assertThat(isListed(other)).isTrue();
    assertThat(mariaDb.text("SELECT amount FROM money WHERE id = 1")).isEqualTo("100");

    one.close();
    long end = System.nanoTime() + Fixture.PATIENCE.toNanos();
    while (mariaDb.text("SELECT amount FROM money WHERE id = 1").equals("100")) {
      assertThat(System.nanoTime()).isLessThan(end);
      tell(other);
    }
    other.close();
  }

  private void tell(XAConnection connection) {
    try {
      connection.getXAResource().commit(name, false);
    } catch (XAException | SQLException e) {
      LockSupport.parkNanos(2_000_000); // its end was not noticed yet
    }
  }

  @Test
  @DisplayName("MariaDbDataSource votes nothing when the connection was ended")
  void mariaDbDoesNotVoteWhenKilled() throws Exception {
    XAConnection connection = mariaDb.source().getXAConnection();
    XAResource resource = connection.getXAResource();
    resource.start(name, XAResource.TMNOFLAGS);
    run(connection, "UPDATE money SET amount = 1 WHERE id = 1");
    resource.end(name, XAResource.TMSUCCESS);
    mariaDb.sql(
        "KILL "
            + mariaDb.text(
                "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"
                    + " AND id <> CONNECTION_ID()"));

    assertThatThrownBy(() -> resource.prepare(name)).isInstanceOf(XAException.class);

    assertThat(mariaDb.text("SELECT amount FROM money WHERE id = 1")).isEqualTo("100");
    connection.close();
  }

  @Test
  @DisplayName("PostgreSQL's class is refused, also in other clothes, and says what to do instead")
  void postgresIsRefused() {
    TwoPhase plan = TwoPhase.named("transfer");
    assertThatThrownBy(() -> plan.xa("ledger", ofPostgres()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("database(\"ledger\", dataSource)");
    XADataSource hidden =
        new XaPlan((call, real, method, arguments) -> XaPlan.invoke(real, method, arguments))
            .around(ofPostgres());
    try (Concordat concordat = postgres.concordat().pollingOnly().start()) {
      assertThatThrownBy(() -> concordat.twoPhaseCommit(plan.xa("ledger", hidden)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("database(\"ledger\", dataSource)");
    }
  }

  @Test
  @DisplayName("what cannot work with an XA resource is refused, with what to change")
  void badInput() {
    TwoPhase plan = TwoPhase.named("transfer");
    try (Concordat concordat = postgres.concordat().pollingOnly().start()) {
      assertThatThrownBy(() ->
              concordat.twoPhaseCommit(
                  plan.xa("ledger", MariaDb.source(mariaDb.server().jdbcUrl()))))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("names no database");
      assertThatThrownBy(() ->
              concordat.twoPhaseCommit(
                  plan.xa("one", mariaDb.source()).xa("other", mariaDb.source())))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("same database");
      assertThatThrownBy(() -> plan.xa("one", mariaDb.source()).xa("one", mariaDb.source()))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("named 'one'");
      assertThat(
              concordat
                  .twoPhaseCommit(plan.xa("ledger", mariaDb.source()))
                  .execute(
                      "x".repeat(65), tx -> tx.on("ledger").update("UPDATE money SET amount = 2")))
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).contains("at most 64 bytes"));
    }
    assertThat(mariaDb.text("SELECT amount FROM money WHERE id = 1")).isEqualTo("100");
  }

  @Test
  @DisplayName("who may not make tables is told what to make, and needs no more than that")
  void withoutTheRightToMakeTables() {
    String database = mariaDb.text("SELECT DATABASE()");
    String user = "plain" + System.nanoTime() % 100_000;
    mariaDb.sql("CREATE USER " + user + "@'127.0.0.1' IDENTIFIED BY 'word'");
    mariaDb.sql(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON " + database + ".* TO " + user + "@'127.0.0.1'");
    String address = mariaDb.url().replaceAll("\\?.*", "?user=" + user + "&password=word");
    TwoPhase plan = TwoPhase.named("transfer").xa("ledger", MariaDb.source(address));
    try (Concordat concordat = postgres.concordat().pollingOnly().start()) {
      String refusal =
          catchThrowableOfType(RefusedException.class, () -> concordat.twoPhaseCommit(plan))
              .getMessage();
      assertThat(refusal).contains("has no tables of Concordat", "denied", "Make them: ");
      for (String sql : refusal.substring(refusal.indexOf("CREATE")).split(";")) {
        mariaDb.sql(sql);
      }

      assertThat(
              concordat
                  .twoPhaseCommit(plan)
                  .execute("t1", tx -> tx.on("ledger").update("UPDATE money SET amount = 2")))
          .isEqualTo(new Outcome.Done<>(2));
      mariaDb.await("SELECT amount FROM money WHERE id = 1", "2");
    }
  }
}
