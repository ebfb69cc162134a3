package dev.concordat.engine;

import dev.concordat.core.ConcordatException;
import dev.concordat.core.InvariantViolation;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.Journal;
import dev.concordat.store.Write;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes of instances that run at the same time, in shared transactions. Whoever comes while no
 * transaction is under way writes at once, in its own thread; those who come meanwhile are written
 * together by a thread kept for that. So nothing waits for company, and batches grow with load,
 * which is group commit (DeWitt et al., "Implementation Techniques for Main Memory Database
 * Systems", SIGMOD 1984) without its timer.
 */
final class Coalescer {

  private static final Logger LOG = LoggerFactory.getLogger(Coalescer.class);
  private static final Duration FIRST_WAIT = Duration.ofMillis(20);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private static final class Ticket {
    final Write write;
    final long giveUpAt;
    final Semaphore turn = new Semaphore(0);
    volatile Write.@Nullable Result result;
    volatile @Nullable RuntimeException error;

    Ticket(Write write, long giveUpAt) {
      this.write = write;
      this.giveUpAt = giveUpAt;
    }

    boolean isOver(long nanos) {
      return giveUpAt != Long.MAX_VALUE && nanos - giveUpAt >= 0;
    }

    boolean isAnswered() {
      return result != null || error != null;
    }
  }

  private final Journal journal;
  private final Platform platform;
  private final int maxBatch;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
  private final Semaphore work = new Semaphore(0);
  private boolean writing;
  private volatile boolean closed;

  Coalescer(Journal journal, Platform platform, int maxBatch) {
    this.journal = journal;
    this.platform = platform;
    this.maxBatch = maxBatch;
    platform.startHeavy("concordat-writer", this::writeOn);
  }

  /**
   * Writes, and returns once the outcome is certain: an answer lost on the way is asked for until
   * it is found.
   *
   * @throws EngineStopped if the engine is closed before that
   * @throws RuntimeException if the database will not take this write, whatever the company
   */
  Write.Result write(Write write) {
    return write(new Ticket(write, Long.MAX_VALUE));
  }

  /**
   * The same, giving up after {@code patience}.
   *
   * @throws RefusedException if it certainly was not written by then
   * @throws OutcomeUnknownException if that is not certain
   */
  Write.Result write(Write write, Duration patience) {
    return write(new Ticket(write, platform.nanos() + patience.toNanos()));
  }

  private Write.Result write(Ticket ticket) {
    if (leadsAtOnce(ticket)) {
      lead();
    }
    // Also whoever led: while closing, another may have taken its write along.
    await(ticket);
    Write.Result result = ticket.result;
    RuntimeException error = ticket.error;
    if (error != null) {
      throw error;
    }
    if (result == null) {
      throw new InvariantViolation("a write was not answered");
    }
    return result;
  }

  /** From now on nothing is written any more; who waits gets {@link EngineStopped}. */
  void close() {
    closed = true;
    work.release();
  }

  /** Should the writer have ended with a ticket left in the queue, its owner ends it here. */
  private void await(Ticket ticket) {
    boolean interrupted = false;
    while (!ticket.isAnswered()) {
      try {
        if (!ticket.turn.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
          look(ticket);
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(Ticket ticket) {
    if (closed) {
      writeNext();
    } else if (ticket.isOver(platform.nanos()) && leaves(ticket)) {
      ticket.error =
          new RefusedException(
              "the database does not answer, and this was not sent to it: nothing was written");
    }
  }

  private boolean leaves(Ticket ticket) {
    lock.lock();
    try {
      return queue.remove(ticket);
    } finally {
      lock.unlock();
    }
  }

  private boolean leadsAtOnce(Ticket ticket) {
    lock.lock();
    try {
      queue.add(ticket);
      boolean free = !writing;
      writing = true;
      return free;
    } finally {
      lock.unlock();
    }
  }

  private void lead() {
    writeNext();
    if (!isDone()) {
      work.release();
    }
  }

  /** Goes on for whoever led, as long as there is something to write. */
  private void writeOn() {
    while (!closed) {
      work.acquireUninterruptibly();
      do {
        writeNext();
      } while (!isDone());
    }
  }

  private void writeNext() {
    List<Ticket> batch = nextBatch();
    try {
      writeAll(batch);
    } catch (Error e) {
      LOG.error(
          "Writing the journal failed; its instances wait in NEEDS_ATTENTION or are retried", e);
    } finally {
      batch.forEach(ticket -> ticket.turn.release());
    }
  }

  private boolean isDone() {
    lock.lock();
    try {
      writing = !queue.isEmpty();
      return !writing;
    } finally {
      lock.unlock();
    }
  }

  private List<Ticket> nextBatch() {
    lock.lock();
    try {
      List<Ticket> batch = new ArrayList<>(Math.min(queue.size(), maxBatch));
      while (batch.size() < maxBatch && !queue.isEmpty()) {
        batch.add(queue.poll());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void writeAll(List<Ticket> batch) {
    writeAll(batch, false);
  }

  private void writeAll(List<Ticket> batch, boolean maybeWritten) {
    List<Ticket> left = batch;
    boolean unknown = maybeWritten;
    Duration wait = FIRST_WAIT;
    while (!left.isEmpty()) {
      try {
        answer(left, append(left), unknown);
        return;
      } catch (OutcomeUnknownException | RefusedException e) {
        unknown |= e instanceof OutcomeUnknownException;
        left = withoutImpatient(left, e, unknown);
        warn(left, wait, e);
      } catch (RuntimeException e) {
        spoilt(left, e);
        return;
      } catch (Error e) {
        // Whoever waits must hear of it, or all would wait for ever while the lease is kept.
        InvariantViolation violation = new InvariantViolation("writing the journal failed", e);
        left.forEach(ticket -> ticket.error = violation);
        throw e;
      }
      pause(wait);
      wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
    }
  }

  /** Repeating the same writes is harmless. */
  private List<Write.Result> append(List<Ticket> batch) {
    if (closed) {
      throw new EngineStopped();
    }
    return journal.append(batch.stream().map(ticket -> ticket.write).toList());
  }

  private static void answer(List<Ticket> batch, List<Write.Result> results, boolean unknown) {
    for (int i = 0; i < batch.size(); i++) {
      Ticket ticket = batch.get(i);
      if (unknown && results.get(i) == Write.Result.BUSY) {
        // It may be our own first try that has not ended.
        ticket.error =
            new OutcomeUnknownException(
                String.valueOf(ticket.write.no()),
                "the answer was lost, and a transaction that makes this instance, perhaps our own,"
                    + " has not ended",
                null);
      } else {
        ticket.result = results.get(i);
      }
    }
  }

  /** One of them spoils it for all: each by itself shows which. Those before it may be written. */
  private void spoilt(List<Ticket> batch, RuntimeException e) {
    if (batch.size() == 1 || e instanceof EngineStopped) {
      batch.forEach(ticket -> ticket.error = e);
    } else {
      batch.forEach(ticket -> writeAll(List.of(ticket), true));
    }
  }

  private List<Ticket> withoutImpatient(List<Ticket> batch, ConcordatException e, boolean unknown) {
    long now = platform.nanos();
    for (Ticket ticket : batch) {
      if (ticket.isOver(now)) {
        String key = String.valueOf(ticket.write.no());
        ticket.error =
            unknown ? new OutcomeUnknownException(key, String.valueOf(e.getMessage()), e) : e;
      }
    }
    return batch.stream().filter(ticket -> !ticket.isAnswered()).toList();
  }

  private static void warn(List<Ticket> waiting, Duration wait, ConcordatException e) {
    if (wait.equals(FIRST_WAIT) && !waiting.isEmpty()) {
      LOG.warn(
          "{} journal entries wait for the database and are written once it answers: {}",
          waiting.size(),
          e.getMessage());
    }
  }

  private void pause(Duration wait) {
    try {
      platform.pause(wait);
    } catch (InterruptedException e) {
      // Whoever interrupts a writer wants its attempt to end, not its record to be lost.
      LOG.debug("interrupted while waiting for the database; the write goes on");
    }
  }
}
