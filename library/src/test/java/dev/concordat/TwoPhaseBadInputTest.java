package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.local.LocalPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  private void assertNothingIsLeft() {
    for (Fixture db : new Fixture[] {one, other}) {
      db.await("SELECT count(*) FROM pg_prepared_xacts", "0");
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
