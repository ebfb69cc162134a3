package dev.concordat.atomic;

import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.core.ConcordatException;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.Branches;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the branches in one database what was decided, off the path of whoever waits for the
 * decision. As many threads as there is work for, up to a few; each has a connection while it
 * works, and the first keeps it.
 */
final class TwoPhaseTellers {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseTellers.class);
  private static final int MOST = 4;
  private static final Duration FIRST_WAIT = Duration.ofMillis(20);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private record Task(BranchId id, boolean commits, Consumer<BranchEnding> answer) {}

  private final Platform platform;
  private final Branches branches;
  private final String name;
  private final Branches.Teller first;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final ArrayDeque<Task> tasks = new ArrayDeque<>();
  private int working;
  private boolean firstWorks;
  private boolean closed;
  private Duration wait = FIRST_WAIT;

  TwoPhaseTellers(Platform platform, Branches branches, String name) {
    this.platform = platform;
    this.branches = branches;
    this.name = name;
    this.first = branches.teller();
  }

  /**
   * Tells a branch soon.
   *
   * @param answer told what it did, in another thread; never, if this is closed before
   */
  void tell(BranchId id, boolean commits, Consumer<BranchEnding> answer) {
    boolean more;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      tasks.add(new Task(id, commits, answer));
      more = working < MOST && working < tasks.size();
      if (more) {
        working++;
      }
    } finally {
      lock.unlock();
    }
    if (more) {
      platform.start("concordat-decided-" + name, this::work);
    }
  }

  private void work() {
    boolean isFirst = takesFirst();
    Branches.Teller teller = isFirst ? first : branches.teller();
    boolean ended = false;
    try {
      for (Task task = next(isFirst); task != null; task = next(isFirst)) {
        tell(teller, task);
      }
      ended = true;
    } finally {
      if (!ended) {
        stopped(isFirst);
      }
      if (!isFirst) {
        teller.close();
      }
    }
  }

  private boolean takesFirst() {
    lock.lock();
    try {
      boolean free = !firstWorks;
      firstWorks = true;
      return free;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Task next(boolean isFirst) {
    lock.lock();
    try {
      Task task = tasks.poll();
      if (task == null) {
        stopped(isFirst);
      }
      return task;
    } finally {
      lock.unlock();
    }
  }

  private void stopped(boolean isFirst) {
    lock.lock();
    try {
      working--;
      firstWorks &= !isFirst;
      idle.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void tell(Branches.Teller teller, Task task) {
    BranchEnding ending;
    try {
      ending = task.commits() ? teller.commit(task.id()) : teller.rollBack(task.id());
    } catch (RuntimeException e) {
      LOG.warn("Branch {} was not told what was decided; it is told again", task.id(), e);
      ending = BranchEnding.AGAIN;
    }
    if (ending == BranchEnding.AGAIN) {
      platform.after(longer(), () -> answer(task, BranchEnding.AGAIN));
    } else {
      worked();
      answer(task, ending);
    }
  }

  /** Whatever hearing of it comes to, others wait to be told. */
  private static void answer(Task task, BranchEnding ending) {
    try {
      task.answer().accept(ending);
    } catch (RuntimeException e) {
      LOG.warn(
          "That branch {} was told could not be noted ({}); it is found out again.",
          task.id(),
          e.getMessage(),
          e instanceof ConcordatException ? null : e);
    }
  }

  private Duration longer() {
    lock.lock();
    try {
      Duration now = wait;
      Duration next = wait.multipliedBy(2);
      wait = next.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : next;
      return now;
    } finally {
      lock.unlock();
    }
  }

  private void worked() {
    lock.lock();
    try {
      wait = FIRST_WAIT;
    } finally {
      lock.unlock();
    }
  }

  /** Tells those that wait to be told, for at most that long, and ends. */
  void close(Duration grace) {
    lock.lock();
    try {
      long left = grace.toNanos();
      while (working > 0 && left > 0) {
        left = idle.awaitNanos(left);
      }
      closed = true;
      tasks.clear();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    first.close();
  }

  /** Ends as a killed process would. */
  void kill() {
    lock.lock();
    try {
      closed = true;
      tasks.clear();
    } finally {
      lock.unlock();
    }
    first.close();
  }
}
