package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.atomic.InDoubt;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.local.LocalMariaDb;
import dev.concordat.store.Decisions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: what is in doubt in an XA resource ends as was decided, whoever dies, and what somebody
 * decided alone is recorded (P7, P10, P11). Method: a coordinator dies or is held up at a certain
 * call, a real MariaDB is killed, an operator meddles by hand; another Concordat recovers.
 */
class XaRecoveryTest {

  private static final String AMOUNT = "SELECT amount FROM money WHERE id = 1";

  private static final int XA_FORMAT = 0x434f4e43;

  private static LocalMariaDb server;

  private final Fixture accounts = Fixture.open();
  private final MariaDb ledger = MariaDb.on(server);

  @BeforeAll
  static void start() {
    server = LocalMariaDb.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void tables() {
    String table = "CREATE TABLE money (id int PRIMARY KEY, amount int CHECK (amount >= 0))";
    accounts.sql(table);
    accounts.sql("INSERT INTO money VALUES (1, 100)");
    ledger.sql(table);
    ledger.sql("INSERT INTO money VALUES (1, 100)");
  }

  @AfterEach
  void close() {
    accounts.close();
  }

  private TwoPhaseCommit open(Concordat concordat, XADataSource source) {
    return concordat.twoPhaseCommit(
        TwoPhase.named("transfer")
            .database("accounts", accounts.pool)
            .xa("ledger", source)
            .grace(Duration.ofMillis(300))
            .patience(Duration.ofMillis(300)));
  }

  private static Outcome<Integer> move(TwoPhaseCommit commit, String id, int amount) {
    return commit.execute(
        id,
        tx -> {
          tx.on("accounts").update("UPDATE money SET amount = amount - ?", amount);
          return tx.on("ledger").update("UPDATE money SET amount = amount + ?", amount);
        });
  }

  /** A coordinator that dies at the decision, with MariaDB's branch prepared. */
  private void dieAtDecision(FaultPlan.Fault fault) {
    FaultPlan plan = new FaultPlan("Deciding.decide", 1, fault);
    try (Concordat first =
        accounts.concordat().pollingOnly().wrappingBranches(plan::around).start()) {
      TwoPhaseCommit commit = open(first, ledger.source());
      assertThat(move(commit, "t1", 30)).isInstanceOf(Outcome.Unknown.class);
      assertThat(plan.fired).isTrue();
      commit.kill();
    }
    assertThat(ledger.prepared()).isOne();
  }

  @ParameterizedTest
  @EnumSource(names = {"CRASH_BEFORE", "CRASH_AFTER"})
  @DisplayName("P10: the coordinator dies before or after the decision, and MariaDB is killed too")
  void bothDie(FaultPlan.Fault fault) {
    dieAtDecision(fault);
    server.kill();
    server.restart();
    assertThat(ledger.prepared()).isOne();

    try (Concordat second = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit commit = open(second, ledger.source());
      boolean committed = fault == FaultPlan.Fault.CRASH_AFTER;
      ledger.await(AMOUNT, committed ? "130" : "100");
      awaitPrepared(0);
      accounts.await("SELECT settled FROM concordat.decision", "t");
      assertThat(accounts.text(AMOUNT)).isEqualTo(committed ? "70" : "100");
      assertThat(commit.heuristics()).isEmpty();
      assertThat(move(commit, "t1", 30)).isEqualTo(new Outcome.Done<>(1));
      ledger.await(AMOUNT, "130");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CRASH_BEFORE", "CRASH_AFTER"})
  @DisplayName("P10: the same with two MariaDBs, whose decision is in Concordat's own database")
  void decidedAtHome(FaultPlan.Fault fault) {
    MariaDb archive = MariaDb.on(server);
    archive.sql("CREATE TABLE money (id int PRIMARY KEY, amount int)");
    archive.sql("INSERT INTO money VALUES (1, 100)");
    TwoPhase plan =
        TwoPhase.named("move")
            .xa("ledger", ledger.source())
            .xa("archive", archive.source())
            .grace(Duration.ofMillis(300))
            .patience(Duration.ofMillis(300));
    FaultPlan faults = new FaultPlan("Deciding.decide", 1, fault);
    try (Concordat first =
        accounts.concordat().pollingOnly().wrappingBranches(faults::around).start()) {
      TwoPhaseCommit commit = first.twoPhaseCommit(plan);
      commit.execute(
          "m1",
          tx -> {
            tx.on("archive").update("UPDATE money SET amount = 70");
            return tx.on("ledger").update("UPDATE money SET amount = 130");
          });
      commit.kill();
    }
    assertThat(ledger.prepared() + archive.prepared()).isEqualTo(2);

    try (Concordat second = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit commit = second.twoPhaseCommit(plan);
      boolean committed = fault == FaultPlan.Fault.CRASH_AFTER;
      awaitPrepared(0);
      archive.await(AMOUNT, committed ? "70" : "100");
      ledger.await(AMOUNT, committed ? "130" : "100");
      accounts.await("SELECT settled FROM concordat.decision", "t");
      assertThat(archive.prepared()).isZero();
      assertThat(commit.heuristics()).isEmpty();
    }
  }

  @Test
  @DisplayName("P10: MariaDB dies between the decision and its commit, and is told when it is back")
  void mariaDbIsBackLater() {
    try (Concordat concordat =
        accounts
            .concordat()
            .pollingOnly()
            .wrappingBranches(Hook.before("Deciding.decide", server::kill)::around)
            .start()) {
      TwoPhaseCommit commit = open(concordat, ledger.source());

      assertThat(move(commit, "t1", 30)).isEqualTo(new Outcome.Done<>(1));
      server.restart();

      ledger.await(AMOUNT, "130");
      awaitPrepared(0);
      assertThat(commit.heuristics()).isEmpty();
    }
  }

  @Test
  @DisplayName("P11: an operator rolled back what was decided to commit: recorded, not hidden")
  void operatorRolledBack() {
    dieAtDecision(FaultPlan.Fault.CRASH_AFTER);
    operator("XA ROLLBACK ");

    try (Concordat second = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit commit = open(second, ledger.source());
      accounts.await("SELECT count(*) FROM concordat.heuristic", "1");
      assertThat(commit.heuristics())
          .singleElement()
          .satisfies(one -> {
            assertThat(one.id()).isEqualTo("t1");
            assertThat(one.branch()).startsWith("ledger@");
            assertThat(one.kind()).contains("to commit and did not");
          });
    }
  }

  @Test
  @DisplayName("P11: an operator committed what is aborted: recorded, not hidden")
  void operatorCommitted() {
    dieAtDecision(FaultPlan.Fault.CRASH_BEFORE);
    try (Concordat second =
        accounts
            .concordat()
            .pollingOnly()
            .wrappingBranches(
                Hook.after("AtomicDatabase.fence", () -> operator("XA COMMIT "))::around)
            .start()) {
      TwoPhaseCommit commit = open(second, ledger.source());
      accounts.await("SELECT count(*) FROM concordat.heuristic", "1");
      assertThat(commit.heuristics().getFirst().kind()).contains("to abort and did not");
      assertThat(ledger.text(AMOUNT)).isEqualTo("130");
    }
  }

  @Test
  @DisplayName("P11: an operator did by hand what was decided: no contradiction, nothing recorded")
  void operatorDidTheSame() {
    dieAtDecision(FaultPlan.Fault.CRASH_AFTER);
    operator("XA COMMIT ");

    try (Concordat second = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit commit = open(second, ledger.source());
      accounts.await("SELECT settled FROM concordat.decision", "t");
      assertThat(commit.heuristics()).isEmpty();
      assertThat(ledger.text(AMOUNT)).isEqualTo("130");
    }
  }

  @Test
  @DisplayName("P11: a person sees what waits in MariaDB, and ends it as was decided")
  void resolvedByAPerson() {
    dieAtDecision(FaultPlan.Fault.CRASH_AFTER);
    try (InDoubt inDoubt =
        Concordat.inDoubt(
            Map.of("accounts", accounts.pool), Map.of("ledger", ledger.source()), "concordat")) {
      assertThat(inDoubt.list())
          .singleElement()
          .satisfies(one -> {
            assertThat(one.branch().id().id()).isEqualTo("t1");
            assertThat(one.next()).startsWith("decided");
          });
      assertThat(inDoubt.resolve("t1")).containsExactly("ledger: committed");
    }
    assertThat(ledger.text(AMOUNT)).isEqualTo("130");
    assertThat(ledger.prepared()).isZero();
  }

  @Test
  @DisplayName("P11: a person ends what waits in MariaDB alone, its decider lost: on record only")
  void forcedByAPerson() {
    dieAtDecision(FaultPlan.Fault.CRASH_AFTER);
    Map<String, XADataSource> resources = Map.of("ledger", ledger.source());
    try (InDoubt alone = Concordat.inDoubt(Map.of(), resources, "concordat")) {
      assertThatThrownBy(() -> alone.resolve("t1")).hasMessageContaining("give that one too");
      assertThatThrownBy(() -> alone.force("t1", false, "ann"))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("give a PostgreSQL");
    }
    assertThat(ledger.prepared()).isOne();
    try (Fixture other = Fixture.open()) {
      other.concordat().pollingOnly().start().close();
      try (InDoubt inDoubt =
          Concordat.inDoubt(Map.of("other", other.pool), resources, "concordat")) {
        assertThat(inDoubt.force("t1", false, "ann")).containsExactly("ledger: rolled back");
        assertThat(inDoubt.heuristics()).hasSize(1);
      }
    }
    assertThat(ledger.text(AMOUNT)).isEqualTo("100");
  }

  /** As one does by hand: what XA RECOVER lists is told something. */
  private void operator(String what) {
    try (Connection connection = DriverManager.getConnection(ledger.url());
        Statement statement = connection.createStatement()) {
      List<String> names = new ArrayList<>();
      try (ResultSet row = statement.executeQuery("XA RECOVER")) {
        while (row.next()) {
          String global = row.getString(4).substring(0, row.getInt(2));
          String branch = row.getString(4).substring(row.getInt(2));
          if (branch.contains("@" + ledger.mark() + ":")) {
            names.add("'" + global + "','" + branch + "'," + row.getInt(1));
          }
        }
      }
      assertThat(names).hasSize(1);
      for (String name : names) {
        statement.execute(what + name);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @DisplayName("P7: MariaDB prepares, and its answer is lost: aborted, and nothing stays prepared")
  void lostAnswerOfPrepare() throws Exception {
    try (Cable cable = Cable.to(server.port());
        Concordat concordat = accounts.concordat().pollingOnly().start();
        Brake brake = new Brake(ledger)) {
      TwoPhaseCommit commit = open(concordat, ledger.through(cable.port()));
      brake.press();
      var moving = CompletableFuture.supplyAsync(() -> move(commit, "t1", 30));
      brake.awaitWaiting("XA PREPARE%");
      cable.cut();

      assertThat(moving.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Refused.class);
      brake.release();

      brake.awaitNoneAtWork("XA PREPARE%");
      awaitPrepared(0);
      assertThat(accounts.text(AMOUNT)).isEqualTo("100");
      assertThat(ledger.text(AMOUNT)).isEqualTo("100");
      assertThat(commit.heuristics()).isEmpty();
    }
  }

  @Test
  @DisplayName("P7: MariaDB commits, and its answer is lost: that is found out, and no heuristic")
  void lostAnswerOfCommit() throws Exception {
    try (Cable cable = Cable.to(server.port());
        Brake brake = new Brake(ledger);
        Concordat concordat =
            accounts
                .concordat()
                .pollingOnly()
                .wrappingBranches(Hook.before("Deciding.decide", brake::press)::around)
                .start()) {
      TwoPhaseCommit commit = open(concordat, ledger.through(cable.port()));

      assertThat(move(commit, "t1", 30)).isEqualTo(new Outcome.Done<>(1));
      brake.awaitWaiting("XA COMMIT%");
      cable.cut();
      brake.release();

      accounts.await("SELECT settled FROM concordat.decision", "t");
      assertThat(ledger.text(AMOUNT)).isEqualTo("130");
      assertThat(ledger.prepared()).isZero();
      assertThat(commit.heuristics()).isEmpty();
    }
  }

  /** Lets whatever is to be prepared or committed in MariaDB wait. */
  private static final class Brake implements AutoCloseable {

    private final MariaDb database;
    private final Connection holder;

    Brake(MariaDb database) throws SQLException {
      this.database = database;
      this.holder = DriverManager.getConnection(database.url());
    }

    void press() {
      run("BACKUP STAGE START");
      run("BACKUP STAGE BLOCK_COMMIT");
    }

    void release() {
      run("BACKUP STAGE END");
    }

    private void run(String text) {
      try (Statement statement = holder.createStatement()) {
        statement.execute(text);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    void awaitWaiting(String what) {
      database.await(
          "SELECT count(*) > 0 FROM information_schema.processlist"
              + " WHERE state = 'Waiting for backup lock' AND info LIKE '"
              + what
              + "'",
          "1");
    }

    void awaitNoneAtWork(String what) {
      database.await(
          "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '" + what + "'",
          "0");
    }

    @Override
    public void close() throws SQLException {
      holder.close();
    }
  }

  @Test
  @DisplayName("P11: what others have prepared there is left alone")
  void foreignBranches() throws SQLException {
    String attempt = "0123456789abcdef:01234567:";
    List<String> foreign =
        List.of(
            "'somebody'",
            "'g','b',7",
            // Of ours, but of another resource; and what only looks like ours.
            "'" + attempt + "t1','ledger@01234567:'," + XA_FORMAT,
            "'" + attempt + "t1','nonsense'," + XA_FORMAT,
            "'nonsense',''," + XA_FORMAT);
    ledger.sql("CREATE TABLE other (id int)");
    for (String name : foreign) {
      try (Connection connection = DriverManager.getConnection(ledger.url());
          Statement statement = connection.createStatement()) {
        statement.execute("XA START " + name);
        statement.execute("INSERT INTO other VALUES (" + foreign.indexOf(name) + ")");
        statement.execute("XA END " + name);
        statement.execute("XA PREPARE " + name);
      }
    }
    dieAtDecision(FaultPlan.Fault.CRASH_BEFORE);
    try (Concordat second = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit commit = open(second, ledger.source());
      awaitPrepared(0);
      assertThat(commit.inDoubt()).isEmpty();
    }
    for (String name : foreign) {
      ledger.sql("XA ROLLBACK " + name); // which fails if it is gone
    }
  }

  @Test
  @DisplayName("P11: what a resource decided alone it may forget once a person acknowledged it")
  void forgottenWhenAcknowledged() {
    dieAtDecision(FaultPlan.Fault.CRASH_AFTER);
    AtomicInteger forgotten = new AtomicInteger();
    // A real MariaDB that keeps what it decided alone, as XA allows and MariaDB does not.
    XaPlan stubborn =
        new XaPlan((name, real, method, arguments) -> {
          switch (name) {
            case "XAResource.commit" -> throw new XAException(XAException.XA_HEURRB);
            case "XAResource.forget" -> forgotten.incrementAndGet();
            default -> {}
          }
          return XaPlan.invoke(real, method, arguments);
        });
    try (Concordat second = accounts.concordat().pollingOnly().start()) {
      TwoPhaseCommit commit = open(second, stubborn.around(ledger.source()));
      accounts.await("SELECT count(*) FROM concordat.heuristic", "1");
      Decisions.Heuristic one = commit.heuristics().getFirst();
      assertThat(forgotten).hasValue(0);

      accounts.sql(
          "UPDATE concordat.heuristic SET acknowledged = 'ann: mended' WHERE branch = ?",
          one.branch());

      long end = System.nanoTime() + Fixture.PATIENCE.toNanos();
      while (forgotten.get() == 0) {
        assertThat(System.nanoTime()).as("it is forgotten").isLessThan(end);
        LockSupport.parkNanos(2_000_000);
      }
      assertThat(commit.heuristics()).hasSize(1);
    }
    operator("XA ROLLBACK ");
  }

  private void awaitPrepared(int count) {
    long end = System.nanoTime() + Fixture.PATIENCE.toNanos();
    while (ledger.prepared() != count) {
      assertThat(System.nanoTime()).as("prepared branches").isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }
}
