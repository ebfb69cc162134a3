package dev.concordat.runner;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.engine.Engine;
import dev.concordat.store.InstanceRow;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/** Waits until an instance, wherever it runs, has ended or waits for a person. */
public final class Endings {

  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final Engine engine;
  private final long no;
  private final String id;

  /** The end of that instance. */
  public Endings(Engine engine, long no, String id) {
    this.engine = engine;
    this.no = no;
    this.id = id;
  }

  /**
   * Waits for it.
   *
   * @param now what became of it, as its journal says
   * @param ended what became of it, from the state that this engine let go of it with; empty if it
   *     goes on elsewhere
   * @throws OutcomeUnknownException if that takes longer than {@code patience}, or the database
   *     does not answer for longer than starting waits; the instance goes on
   */
  public <T> T await(Duration patience, Supplier<T> now, Function<Object, Optional<T>> ended) {
    long end = engine.platform().nanos() + patience.toNanos();
    try {
      while (true) {
        CompletableFuture<Object> ending = engine.ending(no);
        Optional<InstanceRow> row = engine.holds(no) ? Optional.empty() : row();
        if (row.filter(found -> rests(found.status())).isPresent()) {
          return now.get();
        }
        long left = end - engine.platform().nanos();
        if (left <= 0) {
          boolean there = row.isPresent() || engine.holds(no);
          throw new OutcomeUnknownException(id, there ? unended(patience) : absent(), null);
        }
        Optional<T> result = result(ending, Math.min(left, LOOK_EVERY.toNanos()), ended);
        if (result.isPresent()) {
          return result.get();
        }
      }
    } finally {
      engine.forgetEnding(no);
    }
  }

  private String unended(Duration patience) {
    return "'" + id + "' had not ended within " + patience + "; it goes on, ask again";
  }

  /** Why there is nothing of it, for people. */
  public String absent() {
    return "'"
        + id
        + "' is not there: the transaction that starts it has not committed yet, or was rolled"
        + " back";
  }

  /** Whether nothing happens to it before somebody says something. */
  public static boolean rests(Status status) {
    return status.isFinal() || status == Status.NEEDS_ATTENTION;
  }

  private Optional<InstanceRow> row() {
    try {
      return engine.soon(() -> engine.store().instances().find(no));
    } catch (RefusedException e) {
      throw new OutcomeUnknownException(
          id, "nobody can ask the database now how '" + id + "' ended: " + e.getMessage(), e);
    }
  }

  private <T> Optional<T> result(
      CompletableFuture<Object> ending, long nanos, Function<Object, Optional<T>> ended) {
    try {
      return ended.apply(ending.get(nanos, TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException(id, "interrupted while waiting for '" + id + "'", e);
    } catch (ExecutionException e) {
      throw new OutcomeUnknownException(
          id,
          "this Concordat was shut down while waiting for '" + id + "'; others go on with it",
          e);
    }
  }
}
