package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.local.LocalPostgres;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.BaseStatement;
import org.postgresql.jdbc.PgConnection;

/** Goal: what cannot work is refused, with what to change; nothing is left of it (P7, P11). */
class TwoPhaseBadInputTest {

  private final Fixture one = Fixture.open();
  private final Fixture other = Fixture.open();
  private final Concordat concordat = one.concordat().pollingOnly().start();

  @AfterEach
  void close() {
    concordat.close();
    one.close();
    other.close();
  }

  private TwoPhaseCommit both() {
    return concordat.twoPhaseCommit(
        TwoPhase.named("both").database("one", one.pool).database("other", other.pool));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "NOTIFY somebody; LISTEN, NOTIFY",
        "CREATE TEMPORARY TABLE t (x int); temporary tables",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1; WITH HOLD",
        "LISTEN somebody; LISTEN, NOTIFY"
      })
  void whatCannotBePrepared(String statement, String named) {
    Outcome<Integer> outcome =
        both()
            .execute(
                "t",
                tx -> {
                  tx.on("one").update("INSERT INTO ledger (what) VALUES ('x')");
                  Connection connection = tx.on("other").connection();
                  Fixture.note(connection, "y");
                  try (Statement run = connection.createStatement()) {
                    run.execute(statement);
                  }
                  return 1;
                });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).contains("in other@", "cannot prepare", named));
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "other"})
  void aFailureThatWasSwallowed(String where) {
    Outcome<Integer> outcome =
        both()
            .execute(
                "t",
                tx -> {
                  for (String name : new String[] {"one", "other"}) {
                    tx.on(name).update("INSERT INTO ledger (what) VALUES ('x')");
                  }
                  assertThatThrownBy(() -> tx.on(where).update("INSERT INTO nowhere VALUES (1)"))
                      .isInstanceOf(SQLException.class);
                  return 1;
                });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).contains("swallowed", "savepoint"));
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "other"})
  @DisplayName("P7: what a deferred constraint finds at PREPARE, or at the decision, is a vote no")
  void aDeferredConstraint(String where) {
    for (Fixture db : new Fixture[] {one, other}) {
      db.sql("CREATE TABLE parent (id int PRIMARY KEY)");
      db.sql("CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
    }

    Outcome<Integer> outcome =
        both()
            .execute(
                "t",
                tx -> {
                  for (String name : new String[] {"one", "other"}) {
                    tx.on(name).update("INSERT INTO ledger (what) VALUES ('x')");
                  }
                  return tx.on(where).update("INSERT INTO child VALUES (1)");
                });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).contains("in " + where + "@", "foreign key"));
    assertNothingIsLeft();
    assertThat(both().heuristics()).isEmpty();
  }

  /**
   * Two who read what the other writes: PostgreSQL lets the first commit, and finds out about the
   * second when it is asked to.
   */
  @ParameterizedTest
  @ValueSource(strings = {"one", "other"})
  @DisplayName("P7: a serialization failure at PREPARE, or at the decision, is a vote no")
  void aSerializationFailure(String where) throws Exception {
    Fixture there = where.equals("one") ? one : other;
    there.sql("CREATE TABLE duty (name text PRIMARY KEY, on_call boolean)");
    there.sql("INSERT INTO duty VALUES ('ada', true), ('bob', true)");
    String read = "SELECT count(*) FROM duty WHERE on_call";
    try (HikariDataSource strict = new HikariDataSource();
        Connection rival = there.pool.getConnection()) {
      strict.setJdbcUrl(there.pool.getJdbcUrl());
      strict.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
      rival.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      rival.setAutoCommit(false);
      TwoPhaseCommit both =
          concordat.twoPhaseCommit(
              TwoPhase.named("both")
                  .database("one", where.equals("one") ? strict : one.pool)
                  .database("other", where.equals("other") ? strict : other.pool));

      Outcome<Integer> outcome =
          both.execute(
              "t",
              tx -> {
                for (String name : new String[] {"one", "other"}) {
                  tx.on(name).update("INSERT INTO ledger (what) VALUES ('x')");
                }
                assertThat(tx.on(where).query(read, row -> row.getInt(1))).containsExactly(2);
                Fixture.sql(rival, read);
                int rows =
                    tx.on(where).update("UPDATE duty SET on_call = false WHERE name = 'ada'");
                Fixture.sql(rival, "UPDATE duty SET on_call = false WHERE name = 'bob'");
                rival.commit();
                return rows;
              });
      rival.setAutoCommit(true);
      rival.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);

      assertThat(outcome)
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused ->
                  assertThat(refused.reason())
                      .startsWith("in " + where + "@")
                      .contains("the database rolled back", "can be done again"));
      assertNothingIsLeft();
      assertThat(both.heuristics()).isEmpty();
      both.close();
    }
    assertThat(there.text(read)).as("ada is on call yet").isEqualTo("1");
  }

  /** Ways to the transaction's end that lead around the connection. */
  static Stream<Arguments> endings() {
    return Stream.of(
        ending("commit", connection -> connection.commit()),
        ending("statement's", connection -> connection.createStatement().getConnection().commit()),
        ending(
            "statement's rollback",
            connection -> connection.createStatement().getConnection().rollback()),
        ending(
            "prepared statement's close",
            connection -> connection.prepareStatement("SELECT 1").getConnection().close()),
        ending(
            "rows'",
            connection ->
                connection
                    .createStatement()
                    .executeQuery("SELECT 1")
                    .getStatement()
                    .getConnection()
                    .setAutoCommit(true)),
        ending("metadata's", connection -> connection.getMetaData().getConnection().commit()),
        ending("unwrapped", connection -> connection.unwrap(Connection.class).commit()),
        ending("driver's face", connection -> connection.unwrap(BaseConnection.class).commit()),
        ending("driver's class", connection -> connection.unwrap(PgConnection.class).commit()),
        ending(
            "statement's face",
            connection ->
                connection.createStatement().unwrap(BaseStatement.class).getConnection().commit()),
        ending(
            "array's",
            connection ->
                connection
                    .createArrayOf("int", new Object[] {1})
                    .getResultSet()
                    .getStatement()
                    .getConnection()
                    .commit()),
        ending(
            "driver's own SQL",
            connection -> connection.unwrap(BaseConnection.class).execSQLUpdate("COMMIT")),
        ending("SQL", connection -> connection.createStatement().execute(" /* so */ COMMIT")),
        ending("batch", connection -> connection.createStatement().addBatch("rollback; SELECT 1")),
        ending("prepared", connection -> connection.prepareStatement("-- so\nEnd").execute()));
  }

  private interface Ending {
    void of(Connection connection) throws SQLException;
  }

  private static Arguments ending(String name, Ending ending) {
    return Arguments.of(Named.of(name, ending));
  }

  @ParameterizedTest
  @MethodSource("endings")
  @DisplayName("P7: work cannot end its branch's transaction, whichever way it takes")
  void workThatEndsItsTransaction(Ending ending) {
    Outcome<Integer> outcome =
        both()
            .execute(
                "t",
                tx -> {
                  tx.on("one").update("INSERT INTO ledger (what) VALUES ('x')");
                  Connection connection = tx.on("other").connection();
                  Fixture.note(connection, "y");
                  assertThatThrownBy(() -> ending.of(connection))
                      .isInstanceOfAny(UnsupportedOperationException.class, SQLException.class)
                      .hasMessageContaining("in a transaction of Concordat");
                  throw new RefusedException("no");
                });

    assertThat(outcome).isEqualTo(new Outcome.Refused<>("no"));
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "other"})
  @DisplayName("P11: a COMMIT that is hidden among other SQL is found out and said")
  void aHiddenCommit(String where) {
    Outcome<Integer> outcome =
        both()
            .execute(
                "t",
                tx -> {
                  for (String name : new String[] {"one", "other"}) {
                    tx.on(name).update("INSERT INTO ledger (what) VALUES ('x')");
                  }
                  try (Statement run = tx.on(where).connection().createStatement()) {
                    run.execute("INSERT INTO ledger (what) VALUES ('y'); COMMIT");
                  }
                  return 1;
                });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.reason()).contains(where, "ended the transaction itself"));
    Fixture there = where.equals("one") ? one : other;
    assertThat(there.text("SELECT count(*) FROM ledger")).as("what is said to stay").isEqualTo("2");
    assertThat((there == one ? other : one).text("SELECT count(*) FROM ledger")).isEqualTo("0");
  }

  @Test
  void aHiddenCommitInABranchThatSeemsToReadOnly() {
    Outcome<Integer> outcome =
        both()
            .execute(
                "t",
                tx -> {
                  try (Statement run = tx.on("one").connection().createStatement()) {
                    run.execute("INSERT INTO ledger (what) VALUES ('y'); COMMIT");
                  }
                  return 1;
                });

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).contains("ended the transaction itself"));
  }

  @Test
  void librariesWorkOnABranchsConnection() {
    Outcome<Long> outcome =
        both()
            .execute(
                "t",
                tx -> {
                  tx.on("one").update("INSERT INTO ledger (what) VALUES ('x')");
                  Connection connection = tx.on("other").connection();
                  Savepoint before = connection.setSavepoint();
                  Fixture.note(connection, "y");
                  connection.rollback(before);
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("SAVEPOINT mine");
                    statement.execute("ROLLBACK TO SAVEPOINT mine");
                    assertThat(statement.getConnection()).isEqualTo(connection);
                    assertThat(statement.isWrapperFor(BaseStatement.class)).isTrue();
                  }
                  try (var in = connection.prepareStatement("SELECT 1 = ANY (?)")) {
                    in.setArray(1, connection.createArrayOf("int", new Object[] {1}));
                    assertThat(in.executeQuery().next()).isTrue();
                  }
                  CopyManager copy = new CopyManager(connection.unwrap(BaseConnection.class));
                  assertThat(connection.unwrap(PGConnection.class).getBackendPID()).isPositive();
                  return copy.copyIn(
                      "COPY ledger (what) FROM STDIN", new StringReader("a\nb\nc\n"));
                });

    assertThat(outcome).isEqualTo(new Outcome.Done<>(3L));
    other.await("SELECT count(*) FROM ledger", "3");
  }

  private void assertNothingIsLeft() {
    for (Fixture db : new Fixture[] {one, other}) {
      db.await("SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()", "0");
      assertThat(db.text("SELECT count(*) FROM ledger")).isEqualTo("0");
      assertThat(db.text("SELECT count(*) FROM concordat.decision")).isEqualTo("0");
    }
  }

  @Test
  void theSameDatabaseTwice() {
    assertThatThrownBy(() -> TwoPhase.named("x").database("a", one.pool).database("b", one.pool))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("same database");
    try (HikariDataSource again = new HikariDataSource()) {
      again.setJdbcUrl(one.pool.getJdbcUrl());
      assertThatThrownBy(() -> concordat.twoPhaseCommit(Map.of("a", one.pool, "b", again)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("same database");
    }
  }

  @Test
  void idsAndNames() {
    TwoPhaseCommit commit = both();
    assertThatThrownBy(() -> commit.execute("x".repeat(121), tx -> 1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("1 to 120 bytes");
    assertThatThrownBy(() -> commit.execute("", tx -> 1)).isInstanceOf(RefusedException.class);
    assertThat(
            commit.execute(
                "öäü: ' % ".repeat(3),
                tx -> {
                  tx.on("one").update("INSERT INTO ledger (what) VALUES ('x')");
                  return tx.on("other").update("INSERT INTO ledger (what) VALUES ('x')");
                }))
        .isEqualTo(new Outcome.Done<>(1));
    assertThatThrownBy(() -> TwoPhase.named("Not This"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("lower-case");
    assertThat(commit.execute("t", tx -> tx.on("third").update("SELECT 1")))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).contains("no database 'third'", "one"));
  }

  @Test
  void aServerThatCannotPrepare() {
    try (LocalPostgres server =
            LocalPostgres.builder().setting("max_prepared_transactions", "0").start();
        HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(server.createDatabase("unprepared"));
      assertThatThrownBy(() -> concordat.twoPhaseCommit(Map.of("one", one.pool, "un", pool)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("max_prepared_transactions is 0")
          .hasMessageContaining("restart");
    }
  }

  @Test
  void whatTheWorkThrowsItself() {
    assertThatThrownBy(() ->
            both()
                .execute(
                    "t",
                    tx -> {
                      tx.on("one").update("INSERT INTO ledger (what) VALUES ('x')");
                      throw new IllegalStateException("a bug");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a bug");
    assertNothingIsLeft();
  }
}
