package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.local.LocalPostgres;
import dev.concordat.test.LossyProxy.When;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: money moves between two databases whole or not at all, every answer is true, and nothing
 * stays in doubt, whoever dies, sleeps or is not heard (P7, P10, P11). Method: two coordinators of
 * 32 threads each move money between ten accounts, while they and the servers are killed and put to
 * sleep at random and answers are lost; afterwards the tables are the oracle. Fifteen seconds, or
 * as many as {@code -Dstorm.seconds} says.
 */
class TwoPhaseStormForkTest {

  private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("storm.seconds", 15));
  private static final long SEED = Long.getLong("storm.seed", new Random().nextLong());
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long OPENING = 1000;

  private static final Predicate<String> PREPARE = sql -> sql.contains("PREPARE TRANSACTION");
  private static final Predicate<String> DECISION = sql -> sql.strip().equals("COMMIT");
  private static final Predicate<String> PHASE_TWO = sql -> sql.contains("COMMIT PREPARED");

  private enum Blow {
    KILL_COORDINATOR,
    KILL_ACCOUNTS,
    KILL_LEDGER,
    KILL_BOTH_SERVERS,
    KILL_EVERYTHING,
    COORDINATOR_SLEEPS,
    SERVER_SLEEPS,
    LOSE_PREPARE,
    LOSE_DECISION,
    LOSE_PHASE_TWO,
    LOSE_DECISION_AND_NETWORK
  }

  private final Random random = new Random(SEED);
  private final Map<Blow, Integer> blows = new EnumMap<>(Blow.class);
  private final Answers answers = new Answers();
  private final List<Coordinator> coordinators = new ArrayList<>();
  private final List<LocalPostgres> servers = new ArrayList<>();
  private final List<LossyProxy> proxies = new ArrayList<>();
  private int lives;

  @BeforeEach
  void start() throws SQLException {
    for (int i = 0; i < TransferProgram.DATABASES.size(); i++) {
      LocalPostgres server = LocalPostgres.start();
      servers.add(server);
      proxies.add(LossyProxy.to("127.0.0.1", server.port()));
      run(
          server,
          """
          CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
          CREATE TABLE line (
            transfer text, account int, amount bigint, PRIMARY KEY (transfer, account))
          """);
    }
    for (int account = 0; account < TransferProgram.ACCOUNTS; account++) {
      int at = TransferProgram.DATABASES.indexOf(TransferProgram.database(account));
      run(servers.get(at), "INSERT INTO account VALUES (%d, %d)".formatted(account, OPENING));
    }
  }

  @AfterEach
  void stop() {
    coordinators.forEach(Coordinator::kill);
    proxies.forEach(LossyProxy::close);
    servers.forEach(LocalPostgres::close);
  }

  @Test
  @DisplayName("P7, P10, P11: money is conserved and answers are true in a storm")
  void theStorm() throws Exception {
    System.out.println("storm: seed " + SEED + ", " + LENGTH.toSeconds() + " s");
    coordinators.add(begin());
    coordinators.add(begin());
    for (Coordinator coordinator : coordinators) {
      coordinator.awaitReady(PATIENCE);
    }
    long end = System.nanoTime() + LENGTH.toNanos();
    List<Blow> ahead = new ArrayList<>();
    while (System.nanoTime() < end || blows.size() < Blow.values().length) {
      if (ahead.isEmpty()) {
        ahead.addAll(Arrays.asList(Blow.values()));
        Collections.shuffle(ahead, random);
      }
      goOnFor(Duration.ofMillis(random.nextInt(700)));
      awaitWork();
      strike(ahead.removeLast());
    }
    awaitWork();
    coordinators.forEach(Coordinator::kill);
    recoverTheRest();
    System.out.println("storm: " + blows + ", " + answers.summary());
    assertLaws();
  }

  private Coordinator begin() throws IOException {
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      arguments.add(proxies.get(i).through(servers.get(i).jdbcUrl()));
    }
    arguments.add(String.valueOf(lives++));
    return Coordinator.start(answers, arguments);
  }

  /** Something is done again, so the next blow hits something. */
  private void awaitWork() {
    long before = answers.done();
    await(() -> answers.done() > before + 10, "nothing is done any more");
  }

  private void strike(Blow blow) throws IOException {
    blows.merge(blow, 1, Integer::sum);
    switch (blow) {
      case KILL_COORDINATOR -> killCoordinator();
      case KILL_ACCOUNTS -> kill(servers.get(0));
      case KILL_LEDGER -> kill(servers.get(1));
      case KILL_BOTH_SERVERS -> kill(servers.get(0), servers.get(1));
      case KILL_EVERYTHING -> {
        killCoordinator();
        kill(servers.get(0), servers.get(1));
      }
      case COORDINATOR_SLEEPS ->
          sleep(coordinators.get(random.nextInt(coordinators.size())).process());
      case SERVER_SLEEPS -> {
        long postmaster = servers.get(random.nextInt(servers.size())).pid();
        sleep(ProcessHandle.of(postmaster).orElseThrow());
      }
      case LOSE_PREPARE -> lose(PREPARE, "PREPARE");
      case LOSE_DECISION -> lose(DECISION, "COMMIT");
      case LOSE_PHASE_TWO -> lose(PHASE_TWO, "COMMIT PREPARED");
      case LOSE_DECISION_AND_NETWORK -> loseDecisionAndNetwork();
    }
  }

  /** For longer than the grace, with all its processes, and without a word to anybody. */
  private void sleep(ProcessHandle process) throws IOException {
    List<ProcessHandle> all = new ArrayList<>(List.of(process));
    signal("STOP", all);
    all = process.descendants().toList();
    signal("STOP", all);
    goOnFor(TransferProgram.GRACE.multipliedBy(2));
    signal("CONT", all);
    signal("CONT", List.of(process));
  }

  private static void signal(String name, List<ProcessHandle> processes) throws IOException {
    if (processes.isEmpty()) {
      return;
    }
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes.forEach(process -> command.add(String.valueOf(process.pid())));
    try {
      // One that ended meanwhile is asleep for good.
      var unused = new ProcessBuilder(command).start().waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void killCoordinator() throws IOException {
    Coordinator killed = coordinators.remove(random.nextInt(coordinators.size()));
    killed.kill();
    coordinators.add(begin());
  }

  private void kill(LocalPostgres... some) {
    for (LocalPostgres server : some) {
      server.kill();
    }
    goOnFor(Duration.ofMillis(random.nextInt(500)));
    for (LocalPostgres server : some) {
      server.restart();
    }
  }

  /** Several in a row: on both sides of the server's work, at either server. */
  private void lose(Predicate<String> sql, String name) {
    for (When when : When.values()) {
      LossyProxy proxy = proxies.get(random.nextInt(proxies.size()));
      // Only the second prepares, unless it is the only one that is written to.
      LossyProxy at = name.equals("COMMIT") ? proxy : proxies.get(1);
      at.cut(when, sql);
      await(() -> !at.isWaiting(), "nobody says " + name + " any more");
    }
  }

  /** Who did not hear that it is decided cannot ask either. */
  private void loseDecisionAndNetwork() {
    LossyProxy proxy = proxies.getFirst();
    proxy.cut(When.AFTER, DECISION);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (proxy.isWaiting() && System.nanoTime() < end) {
      LockSupport.parkNanos(2_000_000);
    }
    proxy.part();
    goOnFor(Duration.ofMillis(700));
    proxy.heal();
  }

  /** This process finds all that the dead left, and ends it. */
  private void recoverTheRest() {
    try (HikariDataSource accounts = TransferProgram.connect(servers.get(0).jdbcUrl());
        HikariDataSource ledger = TransferProgram.connect(servers.get(1).jdbcUrl());
        Concordat concordat = Concordat.on(accounts).pollingOnly().start();
        TwoPhaseCommit commit = concordat.twoPhaseCommit(TransferProgram.plan(accounts, ledger))) {
      await(() -> left().isEmpty(), "what is left is not ended");
      assertThat(commit.heuristics()).isEmpty();
      assertThat(commit.inDoubt()).isEmpty();
    }
  }

  private List<String> left() {
    List<String> left = new ArrayList<>();
    for (LocalPostgres server : servers) {
      left.addAll(texts(server, "SELECT gid FROM pg_prepared_xacts"));
      left.addAll(texts(server, "SELECT id FROM concordat.decision WHERE NOT settled"));
    }
    return left;
  }

  private void assertLaws() {
    Map<String, Long> sums = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    long total = 0;
    for (LocalPostgres server : servers) {
      for (String line : texts(server, "SELECT transfer || ' ' || amount FROM line")) {
        String[] words = line.split(" ", -1);
        sums.merge(words[0], Long.parseLong(words[1]), Long::sum);
        counts.merge(words[0], 1, Integer::sum);
      }
      total += Long.parseLong(texts(server, "SELECT sum(balance)::text FROM account").getFirst());
      String wrong =
          "SELECT id::text FROM account a WHERE balance < 0 OR balance <> "
              + OPENING
              + " + (SELECT coalesce(sum(amount), 0) FROM line WHERE account = a.id)";
      assertThat(texts(server, wrong)).as("accounts whose lines say something else").isEmpty();
    }
    assertThat(total).as("money").isEqualTo(OPENING * TransferProgram.ACCOUNTS);
    assertThat(sums)
        .as("transfers that are whole")
        .allSatisfy((id, sum) -> {
          assertThat(sum).as(id).isZero();
          assertThat(counts.get(id)).as(id).isEqualTo(2);
        });
    assertThat(answers.errors()).isEmpty();
    answers.assertTrue(sums.keySet());
    assertThat(answers.recovered()).as("transactions that somebody else ended").isPositive();
    assertThat(proxies.stream().mapToInt(LossyProxy::cuts).sum()).isGreaterThanOrEqualTo(6);
  }

  private void goOnFor(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private void await(BooleanSupplier condition, String otherwise) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end)
          .as(() -> otherwise + "; " + blows + ", " + answers.summary() + ", left: " + left())
          .isNegative();
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static void run(LocalPostgres server, String sql) throws SQLException {
    try (Connection connection = server.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> texts(LocalPostgres server, String sql) {
    List<String> found = new ArrayList<>();
    try (Connection connection = server.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        found.add(row.getString(1));
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
