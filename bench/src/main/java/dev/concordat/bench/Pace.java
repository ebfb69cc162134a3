package dev.concordat.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** A few clients that send at a steady rate, and how long what they sent was under way. */
final class Pace {

  static final int PER_SECOND = 1000;
  static final int CLIENTS = 4;

  private static final long LEAST_NANOS = 1_000_000_000L;
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private Pace() {}

  /** Sends one message. */
  @FunctionalInterface
  interface Sending {

    /**
     * Sends that text, under itself as key, and returns the moment from which on it counts as sent,
     * in nanoseconds.
     */
    long send(String text) throws Exception;
  }

  /**
   * Sends for that long, at least a second, and waits until all has arrived.
   *
   * @param name of the measurement, unlike all others
   * @param arrived when each text arrived, filled by somebody else
   */
  static Latencies measure(String name, long nanos, Sending sending, Map<String, Long> arrived)
      throws InterruptedException {
    Map<String, Long> sent = new ConcurrentHashMap<>();
    List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < CLIENTS; c++) {
      String texts = name + "/" + c + "/";
      clients.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client(texts, Math.max(nanos, LEAST_NANOS), sending, sent);
                } catch (Exception e) {
                  errors.add(e);
                }
              }));
    }
    for (Thread client : clients) {
      client.join();
    }
    if (!errors.isEmpty()) {
      throw new IllegalStateException(errors.get(0));
    }
    return delays(sent, arrived);
  }

  private static void client(String texts, long nanos, Sending sending, Map<String, Long> sent)
      throws Exception {
    long apart = 1_000_000_000L * CLIENTS / PER_SECOND;
    long begin = System.nanoTime();
    for (long n = 0; n * apart < nanos; n++) {
      long wait = begin + n * apart - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      }
      sent.put(texts + n, sending.send(texts + n));
    }
  }

  private static Latencies delays(Map<String, Long> sent, Map<String, Long> arrived) {
    Latencies all = new Latencies();
    long end = System.nanoTime() + PATIENCE_NANOS;
    sent.forEach((text, at) -> {
      Long there = arrived.get(text);
      while (there == null) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("a message did not come within 20 seconds");
        }
        LockSupport.parkNanos(100_000);
        there = arrived.get(text);
      }
      all.add(Math.max(0, there - at));
    });
    return Latencies.all(List.of(all));
  }
}
