package dev.concordat.store;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A bell for several engines on one store in memory. */
final class MemoryBell implements Bell {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition rung = lock.newCondition();
  private long rings;

  @Override
  public void ring() {
    lock.lock();
    try {
      rings++;
      rung.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Ear listen() {
    return new MemoryEar();
  }

  private final class MemoryEar implements Ear {

    private long heard = rings;

    @Override
    public boolean await(Duration longest) {
      lock.lock();
      try {
        long left = longest.toNanos();
        while (heard == rings && left > 0) {
          left = rung.awaitNanos(left);
        }
        boolean rang = heard != rings;
        heard = rings;
        return rang;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      // Nothing is kept.
    }
  }
}
