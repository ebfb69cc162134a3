package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * How long instances wait whose worker is killed: all are in a step that does not return, in a
 * process that gets SIGKILL while another worker runs beside it. Measured from the kill until the
 * last one has ended.
 */
final class Recovery {

  private static final long LOOK_EVERY = Duration.ofMillis(20).toNanos();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;

  Recovery(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  Row run() throws Exception {
    List<Double> seconds = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    Double heap = Numbers.heapMb();
    for (int i = 1; i <= plan.rounds(); i++) {
      try (Bed bed = new Bed(postgres, "recovery_" + i, 8)) {
        double took = once(bed.concordat(), postgres.jdbcUrl("recovery_" + i));
        seconds.add(took);
        said.accept(String.format("recovery, round %d: %.2f s", i, took));
      } catch (IllegalStateException e) {
        wrong.add(String.valueOf(e.getMessage()));
        said.accept("recovery, round " + i + ": void, " + e.getMessage());
      }
    }
    return Row.of("recovery")
        .with("instances", plan.crowd().running())
        .with("seconds", Numbers.median(seconds, s -> s))
        .with("seconds_min", Numbers.min(seconds, s -> s))
        .with("seconds_max", Numbers.max(seconds, s -> s))
        .with("heap_mb_before", heap)
        .with("heap_mb_after", Numbers.heapMb())
        .withVoid(wrong);
  }

  private double once(DataSource pool, String url) throws Exception {
    Saga<Trip> saga = BenchSagas.recovery((trip, call) -> effect(pool, trip));
    try (Victim victim = Victim.start(url, plan.crowd());
        Concordat concordat = Concordat.on(pool).lease(plan.crowd().lease()).sagas(saga).start()) {
      victim.awaitRunning();
      check(pool, "instances under way", plan.crowd().running(), OWNED);
      check(pool, "effects before the kill", 0, "SELECT count(*) FROM effect");
      victim.kill();
      long from = System.nanoTime();
      awaitEnd(pool, from);
      double seconds = (System.nanoTime() - from) / 1e9;
      check(pool, "effects", plan.crowd().running(), "SELECT count(*) FROM effect");
      return seconds;
    }
  }

  private static final String OWNED =
      "SELECT count(*) FROM concordat.instance WHERE status = 'RUNNING' AND owner IS NOT NULL";

  private static Trip effect(DataSource pool, Trip trip) throws SQLException {
    String sql = "INSERT INTO effect (no, what) VALUES (?, 'recovered') ON CONFLICT DO NOTHING";
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, trip.no());
      statement.executeUpdate();
    }
    return trip;
  }

  private void awaitEnd(DataSource pool, long from) throws SQLException {
    String sql = "SELECT count(*) FROM concordat.instance WHERE status = 'COMPLETED'";
    while (count(pool, sql) < plan.crowd().running()) {
      if (System.nanoTime() - from > PATIENCE.toNanos()) {
        throw new IllegalStateException(
            count(pool, sql) + " instances ended within " + PATIENCE + " after the kill");
      }
      LockSupport.parkNanos(LOOK_EVERY);
    }
  }

  private static void check(DataSource pool, String what, long wanted, String sql)
      throws SQLException {
    long found = count(pool, sql);
    if (found != wanted) {
      throw new IllegalStateException(found + " " + what + " instead of " + wanted);
    }
  }

  private static long count(DataSource pool, String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** The worker that is killed. */
  private record Victim(Process process) implements AutoCloseable {

    static Victim start(String url, BenchPlan.Crowd crowd) throws IOException {
      List<String> command =
          List.of(
              ProcessHandle.current().info().command().orElse("java"),
              "-Xmx512m",
              "-cp",
              System.getProperty("java.class.path"),
              RecoveryVictim.class.getName(),
              url,
              String.valueOf(crowd.running()),
              crowd.lease().toString());
      return new Victim(
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    void awaitRunning() throws IOException {
      String line = process.inputReader().readLine();
      if (!RecoveryVictim.RUNNING.equals(line)) {
        throw new IllegalStateException("the worker to be killed did not come up: " + line);
      }
    }

    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
