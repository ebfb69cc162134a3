package dev.concordat.store;

import dev.concordat.core.RefusedException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What all ports of one {@link MemoryStore} share, under one lock. */
final class MemoryTables {

  final TreeMap<Long, MemoryRow> rows = new TreeMap<>();
  private final Map<String, MemoryRow> byId = new HashMap<>();
  // Of births in transactions that are still open.
  private final Map<String, MemoryTransaction> promised = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final InstantSource clock;

  MemoryTables(InstantSource clock) {
    this.clock = clock;
  }

  <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  void alone(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  /** Removes so many of these at most, the first, and says how many they were. */
  <T> int forget(Collection<T> all, int most, Predicate<T> isOld) {
    return locked(() -> {
      int removed = 0;
      for (Iterator<T> each = all.iterator(); each.hasNext() && removed < most; ) {
        if (isOld.test(each.next())) {
          each.remove();
          removed++;
        }
      }
      return removed;
    });
  }

  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /** A time as PostgreSQL keeps it: rounded to microseconds. */
  static @Nullable Instant kept(@Nullable Instant time) {
    return time == null ? null : time.plusNanos(500).truncatedTo(ChronoUnit.MICROS);
  }

  @Nullable MemoryRow byId(String id) {
    return byId.get(id);
  }

  boolean isTaken(NewInstance born) {
    return byId.containsKey(born.id()) || rows.containsKey(born.no());
  }

  /** PostgreSQL would wait for the other transaction, which in one thread would be for ever. */
  void refusePromised(NewInstance born, @Nullable MemoryTransaction by) {
    MemoryTransaction other = promised.get(born.id());
    if (other != null && other != by) {
      throw new RefusedException(
          "an open transaction is creating '"
              + born.id()
              + "' at this moment, so nothing was written; try again when it has ended");
    }
  }

  void promise(String id, MemoryTransaction to) {
    promised.put(id, to);
  }

  void forget(String id) {
    promised.remove(id);
  }

  /** What would become of the write now. */
  Write.Result judge(Write write) {
    NewInstance born = write.insert();
    if (born != null) {
      return isTaken(born) ? Write.Result.EXISTS : Write.Result.ACCEPTED;
    }
    MemoryRow row = rows.get(write.no());
    if (row == null || row.token() != write.token()) {
      return Write.Result.STALE;
    }
    boolean fits =
        write.events().isEmpty() ? write.change() != null : row.journal.size() == write.position();
    return fits ? Write.Result.ACCEPTED : Write.Result.STALE;
  }

  /** Carries out a write that was judged to be accepted. */
  void apply(Write write) {
    Instant now = now();
    NewInstance born = write.insert();
    MemoryRow row;
    if (born == null) {
      row = row(write.no());
    } else {
      row = born(write);
      rows.put(born.no(), row);
      byId.put(born.id(), row);
    }
    if (!write.events().isEmpty()) {
      row.append(write.token(), write.events(), now);
      write.answers().forEach(row::answer);
    }
    if (write.change() != null) {
      row.show(write.change(), now);
    }
  }

  /** The row that a first write makes. */
  MemoryRow born(Write write) {
    NewInstance born = Objects.requireNonNull(write.insert(), "a first write");
    boolean dueNow = write.change() == null && born.owner().isEmpty();
    return new MemoryRow(born, write.token(), dueNow, now());
  }

  private MemoryRow row(long no) {
    MemoryRow row = rows.get(no);
    if (row == null) {
      throw new IllegalStateException("there is no instance " + no);
    }
    return row;
  }
}
