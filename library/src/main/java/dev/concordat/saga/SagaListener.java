package dev.concordat.saga;

import java.time.Duration;
import java.util.List;

/**
 * Hears of every moment of every instance this process runs. Called in the thread that does the
 * work, so be quick; whatever is thrown is logged, less often the more there is, and changes
 * nothing.
 */
public interface SagaListener {

  /**
   * Events have become durable, in this order within one instance unless two threads record at
   * almost the same time. A crash may keep a listener from hearing of some.
   */
  default void recorded(Moment of, List<SagaEvent> events) {}

  /** An attempt begins, at a step, its compensation or its look-up. */
  default void attemptStarts(Moment of, String step, int attempt, boolean compensating) {}

  /**
   * User code returned without an error: its effect is there, and nothing of it is recorded yet.
   * For a local step, nothing is committed yet.
   */
  default void attemptReturned(Moment of, String step, int attempt, boolean compensating) {}

  /** User code threw. */
  default void attemptThrew(
      Moment of, String step, int attempt, boolean compensating, Throwable error, Duration took) {}

  /**
   * Of which instance.
   *
   * @param id the instance's id
   * @param saga the saga's name
   * @param version the saga's version
   */
  record Moment(String id, String saga, int version) {}
}
