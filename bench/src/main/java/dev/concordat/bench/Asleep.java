package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.bench.Shop.Purchase;
import dev.concordat.core.Status;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Whether sleeping instances cost running ones anything: local sagas in a database with sleepers
 * against the same in one without. Only the Concordat that is measured runs at that time, or each
 * would pay for the other's looking.
 */
final class Asleep {

  private static final int STARTERS = 64;
  private static final String NAME = "asleep";

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;

  Asleep(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  List<Row> run() throws Exception {
    int most = Collections.max(plan.concurrency());
    try (Bed without = new Bed(postgres, "all_awake", most);
        Bed with = new Bed(postgres, "many_asleep", most)) {
      layDown(with.concordat());
      settle(without.concordat());
      settle(with.concordat());
      Comparison comparison =
          new Comparison(
              NAME,
              without.meter(side("all awake", without)),
              with.meter(side("many asleep", with)),
              1);
      List<Row> rows = new ArrayList<>();
      for (int clients : plan.concurrency()) {
        rows.add(
            new Duel(comparison, plan, said).run(clients).with("instances", plan.crowd().asleep()));
      }
      checkAsleep(with.concordat());
      return Collections.unmodifiableList(rows);
    }
  }

  private static Side side(String name, Bed bed) {
    Saga<Purchase> saga = BenchSagas.local();
    List<Law> laws = new ArrayList<>(Shop.bought());
    laws.addAll(Running.laws(saga.name(), Status.COMPLETED));
    return new Side(name, bed.concordat(), new OnlyNow(bed.concordat(), saga), laws);
  }

  /** A Concordat that runs only while it is measured. */
  private static final class OnlyNow implements Work {
    private final DataSource pool;
    private final Saga<Purchase> saga;
    private @Nullable Running<Purchase> running;

    OnlyNow(DataSource pool, Saga<Purchase> saga) {
      this.pool = pool;
      this.saga = saga;
    }

    @Override
    public void before() {
      running = new Running<>(pool, saga, Purchase::of, Status.COMPLETED);
    }

    @Override
    public void once(long no) {
      Running<Purchase> now = running;
      if (now == null) {
        throw new IllegalStateException("not running");
      }
      now.once(no);
    }

    @Override
    public void after() {
      Running<Purchase> now = running;
      if (now != null) {
        now.close();
      }
    }
  }

  /** Real starts, by many threads so that they share commits. */
  private void layDown(DataSource pool) throws InterruptedException, ExecutionException {
    int wanted = plan.crowd().asleep();
    long from = System.nanoTime();
    Saga<Trip> saga = BenchSagas.asleep();
    AtomicLong numbers = new AtomicLong();
    try (Concordat concordat = Concordat.on(pool).sagas(saga).start();
        ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < STARTERS; i++) {
        all.add(
            starters.submit(() -> {
              for (long no = numbers.incrementAndGet();
                  no <= wanted;
                  no = numbers.incrementAndGet()) {
                concordat.start(saga, "asleep-" + no, new Trip(no));
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    double seconds = (System.nanoTime() - from) / 1e9;
    said.accept(String.format("asleep: started %,d instances in %.1f s", wanted, seconds));
  }

  /** Else the server's own housekeeping would come at some moment of its choice, on one side. */
  private static void settle(DataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("VACUUM (ANALYZE)");
    }
  }

  private void checkAsleep(DataSource pool) throws SQLException {
    String sql =
        "SELECT count(*) FROM concordat.instance WHERE definition = 'asleep'"
            + " AND status = 'RUNNING' AND owner IS NULL AND due > clock_timestamp()";
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      if (row.getInt(1) != plan.crowd().asleep()) {
        throw new IllegalStateException(row.getInt(1) + " instances are asleep at the end");
      }
    }
  }
}
