package dev.concordat.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Clients that each do one unit of work after the other, in a thread of their own. */
final class Clients {

  /**
   * What clients did.
   *
   * @param nanos from the first unit's start to the last one's end
   * @param latencies how long each unit took
   * @param error the first error a client had, which ended it
   */
  record Slice(long nanos, Latencies latencies, @Nullable Exception error) {

    long done() {
      return latencies.count();
    }

    double perSecond() {
      return done() * 1e9 / nanos;
    }
  }

  private final Work work;
  private final AtomicLong numbers;

  Clients(Work work, AtomicLong numbers) {
    this.work = work;
    this.numbers = numbers;
  }

  Slice run(int clients, Duration time) throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    List<Client> all = new ArrayList<>(clients);
    List<Thread> threads = new ArrayList<>(clients);
    for (int i = 0; i < clients; i++) {
      Client client = new Client(go, time.toNanos());
      all.add(client);
      threads.add(Thread.ofPlatform().name("client-" + i).start(client));
    }
    long from = System.nanoTime();
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    return sum(all, System.nanoTime() - from);
  }

  private static Slice sum(List<Client> all, long nanos) {
    Latencies latencies = Latencies.all(all.stream().map(client -> client.took).toList());
    Exception error =
        all.stream().map(c -> c.error).filter(Objects::nonNull).findFirst().orElse(null);
    return new Slice(nanos, latencies, error);
  }

  private final class Client implements Runnable {
    private final CountDownLatch go;
    private final long nanos;
    private final Latencies took = new Latencies();
    private @Nullable Exception error;

    Client(CountDownLatch go, long nanos) {
      this.go = go;
      this.nanos = nanos;
    }

    @Override
    public void run() {
      try {
        go.await();
        long begin = System.nanoTime();
        long now = begin;
        do {
          work.once(numbers.incrementAndGet());
          long then = System.nanoTime();
          took.add(then - now);
          now = then;
        } while (now - begin < nanos);
      } catch (Exception e) {
        error = e;
      }
    }
  }
}
