package dev.concordat.postgres;

import static dev.concordat.store.Writes.birth;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.store.Leases.Lease;
import dev.concordat.store.Write;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * Goal: a worker that is alive keeps its lease however much work waits for the connection that both
 * use (P10). Method: uses that wait for each other, and a renewal that comes last.
 */
class KeptConnectionTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final DataSource source = TestPostgres.pool();

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void whatMayNotWaitGoesBeforeAllThatWait() throws Exception {
    KeptConnection kept = new KeptConnection(new Database(source, "public"));
    ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
    CountDownLatch inUse = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    threads.add(
        Thread.startVirtualThread(() ->
            kept.run(
                "SELECT 1",
                statement -> {
                  inUse.countDown();
                  awaitDown(goOn);
                  return statement.execute();
                })));
    inUse.await();
    for (int i = 0; i < 50; i++) {
      threads.add(
          Thread.startVirtualThread(
              () -> kept.run("SELECT 1", statement -> order.add("work") && statement.execute())));
    }
    await(() -> threads.stream().allMatch(KeptConnectionTest::waits));
    Thread renewal =
        Thread.startVirtualThread(() ->
            kept.runNext("SELECT 1", statement -> order.add("renewal") && statement.execute()));
    await(() -> waits(renewal));

    goOn.countDown();

    renewal.join();
    for (Thread thread : threads) {
      thread.join();
    }
    kept.close();
    assertThat(new ArrayList<>(order).indexOf("renewal")).isBetween(0, 1);
    assertThat(order).hasSize(51);
  }

  private static boolean waits(Thread thread) {
    return thread.getState() == Thread.State.WAITING;
  }

  private static void awaitDown(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aLeaseIsRenewedWhileManyStartsWaitForTransactionsThatHaveNotEnded() throws Exception {
    PostgresStore store = new PostgresStore(source, "kept");
    TestPostgres.sql(source, "DROP SCHEMA IF EXISTS kept CASCADE");
    store.migrate();
    Lease lease = store.leases().acquire(LEASE, List.of());
    List<Write> births = LongStream.rangeClosed(1, 60).mapToObj(no -> birth(no, 5)).toList();
    try (Connection open = source.getConnection()) {
      open.setAutoCommit(false);
      births.forEach(write -> store.journal().appendWithin(open, write));
      CompletableFuture<List<Write.Result>> starts =
          CompletableFuture.supplyAsync(() -> store.journal().append(births));
      String waiting = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted";
      await(() -> TestPostgres.rows(source, waiting).equals(List.of("t")));

      assertThat(store.leases().renew(lease.worker(), LEASE)).isPresent();

      assertThat(starts).as("each waits for 50 ms").isNotDone();
      assertThat(starts.get()).hasSize(60).containsOnly(Write.Result.BUSY);
      open.rollback();
    } finally {
      store.close();
    }
  }
}
