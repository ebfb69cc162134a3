package dev.concordat.test;

import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** All that was seen to happen in one case, by whatever worker. Thread-safe. */
final class Trace {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Happening> happenings = new ArrayList<>();
  private final Map<Long, String> ids = new HashMap<>();
  private final Subject subject;
  private long version;
  private long rests;

  Trace(Subject subject) {
    this.subject = subject;
  }

  void add(Happening happening) {
    locked(() -> {
      happenings.add(happening);
      if (happening instanceof Happening.Durable durable && subject.rests(durable.event())) {
        rests++;
      }
    });
  }

  /** A write was accepted. */
  void durable(int life, Write write) {
    locked(() -> {
      if (write.insert() != null) {
        ids.put(write.no(), write.insert().id());
      }
    });
    if (!write.events().isEmpty()) {
      String id = ids.getOrDefault(write.no(), "?");
      Entry entry = new Entry(write.position(), write.token(), write.events(), Instant.EPOCH);
      subject.events(entry).forEach(event -> add(new Happening.Durable(life, id, event)));
    }
  }

  /** Remembers what the number stands for. */
  void learn(InstanceRow row) {
    locked(() -> ids.put(row.no(), row.id()));
  }

  /** Something outside the list changed that somebody may wait for. */
  void poke() {
    locked(() -> {});
  }

  /** How often an instance was seen to come to rest. */
  long rests() {
    lock.lock();
    try {
      return rests;
    } finally {
      lock.unlock();
    }
  }

  long version() {
    lock.lock();
    try {
      return version;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something happens after that version, at most that long. */
  void await(long after, Duration longest) {
    lock.lock();
    try {
      long left = longest.toNanos();
      while (version == after && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in a crash test", e);
    } finally {
      lock.unlock();
    }
  }

  List<Happening> happenings() {
    lock.lock();
    try {
      return List.copyOf(happenings);
    } finally {
      lock.unlock();
    }
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Happening happening : happenings()) {
      lines.add("%3d worker %d  %s".formatted(lines.size() + 1, happening.life(), happening));
    }
    return lines;
  }

  private void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
      version++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
