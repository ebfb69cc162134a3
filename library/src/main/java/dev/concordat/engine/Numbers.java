package dev.concordat.engine;

import dev.concordat.store.Instances;
import java.util.concurrent.locks.ReentrantLock;

/** Hands out numbers for new instances, a block at a time. */
final class Numbers {

  private final Instances instances;
  private final ReentrantLock lock = new ReentrantLock();
  private long next;
  private long end;

  Numbers(Instances instances) {
    this.instances = instances;
  }

  long next() {
    lock.lock();
    try {
      if (next == end) {
        next = instances.reserveNumbers();
        end = next + Instances.NUMBERS;
      }
      return next++;
    } finally {
      lock.unlock();
    }
  }
}
