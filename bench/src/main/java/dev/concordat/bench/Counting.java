package dev.concordat.bench;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A sink that takes everything at once and counts. */
final class Counting implements Sink {

  private static final long PATIENCE_SECONDS = 600;

  private final AtomicLong count = new AtomicLong();
  private volatile long goal = Long.MAX_VALUE;
  private volatile CountDownLatch reached = new CountDownLatch(1);

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    messages.forEach(receipts::delivered);
    add(messages.size());
  }

  void add(int more) {
    if (count.addAndGet(more) >= goal) {
      reached.countDown();
    }
  }

  /** Waits for that many in all. */
  void await(long wanted) throws InterruptedException {
    reached = new CountDownLatch(1);
    goal = wanted;
    if (count.get() < wanted && !reached.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          count + " of " + wanted + " messages came within " + PATIENCE_SECONDS + " seconds");
    }
  }

  long count() {
    return count.get();
  }
}
