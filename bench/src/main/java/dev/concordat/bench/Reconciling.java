package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.core.RetryPolicy;
import dev.concordat.local.LocalPostgres;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationResult;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Many reservations of which nobody knows how they stand are all asked about at once, while others
 * go on: how long that takes, and what the others notice of it.
 */
final class Reconciling {

  private static final int LIVE = 8; // clients whose reservations go on meanwhile
  private static final long LOOK_EVERY = Duration.ofMillis(50).toNanos();
  private static final long ANSWERS_AFTER = Duration.ofMillis(1).toNanos();
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration NEVER = Duration.ofDays(30);
  private static final String ASLEEP =
      "SELECT count(*) FROM concordat.instance WHERE status = 'RUNNING' AND owner IS NULL";
  private static final String OPEN =
      "SELECT count(*) FROM concordat.instance WHERE status <> 'COMPLETED'";

  /**
   * A charge.
   *
   * @param silent whether the provider does not answer the call
   */
  record Charge(long no, boolean silent) {}

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;
  private final AtomicLong numbers = new AtomicLong();

  Reconciling(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  private static Reservation<Charge> charge() {
    return Reservation.named("charge", Charge.class)
        .provider("bank")
        .amount(charge -> new Money(1, "EUR"))
        .hold((tx, charge) -> update(tx, "UPDATE account SET balance = balance - 1", charge))
        .call((charge, call) -> {
          if (charge.silent()) {
            throw new IOException("no answer");
          }
          return ProviderAnswer.done(null);
        })
        .status((charge, call) -> {
          LockSupport.parkNanos(ANSWERS_AFTER);
          return ProviderAnswer.done(null);
        })
        .confirm(
            (tx, charge, evidence) -> update(tx, "UPDATE account SET balance = balance", charge))
        .release((tx, charge) -> update(tx, "UPDATE account SET balance = balance + 1", charge))
        .retry(RetryPolicy.never())
        .ask(RetryPolicy.exponential(NEVER).unlimited().withoutJitter())
        .build();
  }

  private static Charge update(Connection tx, String sql, Charge charge) throws SQLException {
    try (PreparedStatement statement = tx.prepareStatement(sql + " WHERE no = ?")) {
      statement.setInt(1, (int) (charge.no() % 10_000));
      statement.executeUpdate();
    }
    return charge;
  }

  Row run() throws Exception {
    Reservation<Charge> charge = charge();
    try (Bed bed = new Bed(postgres, "reconcile", LIVE);
        Concordat concordat = Concordat.on(bed.concordat()).reservations(charge).start()) {
      Clients live = new Clients(no -> once(concordat, charge, no), numbers);
      live.run(LIVE, plan.warmUp());
      makeUnknown(concordat, charge, bed.raw());
      Double heap = Numbers.heapMb();
      Latencies alone = checked(live.run(LIVE, plan.slice().multipliedBy(plan.rounds())));
      long from = System.nanoTime();
      long asked = concordat.reservations().checkNow("bank");
      List<Latencies> beside = new ArrayList<>();
      Double middle = null;
      while (count(bed.raw(), OPEN) > 0 && System.nanoTime() - from < PATIENCE.toNanos()) {
        beside.add(checked(live.run(LIVE, plan.slice())));
        middle = middle == null ? Numbers.heapMb() : middle;
      }
      double seconds = (System.nanoTime() - from) / 1e9;
      long left = count(bed.raw(), OPEN);
      return row(asked, seconds, alone, Latencies.all(beside))
          .with("heap_mb_before", heap)
          .with("heap_mb_middle", middle)
          .with("heap_mb_after", Numbers.heapMb())
          .withVoid(left == 0 ? List.of() : List.of(left + " reservations are still open"));
    }
  }

  private Row row(long asked, double seconds, Latencies alone, Latencies beside) {
    double before = alone.percentile(0.99);
    double after = beside.percentile(0.99);
    said.accept(
        String.format(
            "reconcile: %d in %.1f s; p99 of others %.1f ms alone, %.1f ms beside it",
            asked, seconds, before, after));
    return Row.of("reconcile")
        .with("concurrency", LIVE)
        .with("instances", asked)
        .with("seconds", Numbers.digits(seconds))
        .with("concordat_per_s", Numbers.digits(asked / seconds))
        .with("raw_p50_ms", Numbers.digits(alone.percentile(0.5)))
        .with("raw_p99_ms", Numbers.digits(before))
        .with("p50_ms", Numbers.digits(beside.percentile(0.5)))
        .with("p99_ms", Numbers.digits(after))
        .with("p99_ratio", Numbers.digits(after / before));
  }

  private static Latencies checked(Clients.Slice slice) throws Exception {
    if (slice.error() != null) {
      throw slice.error();
    }
    return slice.latencies();
  }

  private static void once(Concordat concordat, Reservation<Charge> charge, long no) {
    ReservationResult<Charge> result =
        concordat.run(charge, "live-" + no, new Charge(no, false), PATIENCE);
    if (result.end() != ReservationResult.End.CONFIRMED) {
      throw new IllegalStateException(result.toString());
    }
  }

  private void makeUnknown(Concordat concordat, Reservation<Charge> charge, DataSource pool)
      throws Exception {
    int many = plan.crowd().unknown();
    try (ExecutorService threads = Executors.newFixedThreadPool(LIVE)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        Charge silent = new Charge(i, true);
        all.add(threads.submit(() -> concordat.start(charge, "silent-" + silent.no(), silent)));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    long from = System.nanoTime();
    while (count(pool, ASLEEP) < many) {
      if (System.nanoTime() - from > PATIENCE.toNanos()) {
        throw new IllegalStateException(count(pool, ASLEEP) + " of " + many + " are unknown");
      }
      LockSupport.parkNanos(LOOK_EVERY);
    }
    said.accept("reconcile: " + many + " reservations are UNKNOWN");
  }

  private static long count(DataSource pool, String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
