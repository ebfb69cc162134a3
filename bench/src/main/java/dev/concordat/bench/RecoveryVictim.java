package dev.concordat.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.saga.Saga;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * The program of the worker that case {@code recovery} kills: starts instances, says when all are
 * in their step, and never lets one out of it.
 */
public final class RecoveryVictim {

  static final String RUNNING = "running";

  private RecoveryVictim() {}

  /**
   * Called with the database's address, the number of instances and the lease.
   *
   * @throws Exception if it cannot
   */
  public static void main(String[] args) throws Exception {
    int instances = Integer.parseInt(args[1]);
    CountDownLatch under = new CountDownLatch(instances);
    CountDownLatch never = new CountDownLatch(1);
    Saga<Trip> saga =
        BenchSagas.recovery((trip, call) -> {
          under.countDown();
          never.await();
          return trip;
        });
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(args[0]);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      Concordat concordat =
          Concordat.on(pool)
              .lease(Duration.parse(args[2]))
              .maxRunning(instances + 1)
              .sagas(saga)
              .start();
      for (int no = 1; no <= instances; no++) {
        concordat.start(saga, "recovery-" + no, new Trip(no));
      }
      under.await();
      System.out.println(RUNNING);
      endWithParent();
    }
  }

  /** The parent never writes anything; the stream ends when it does. */
  private static void endWithParent() throws java.io.IOException {
    System.in.read();
    Runtime.getRuntime().halt(0);
  }
}
