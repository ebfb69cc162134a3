package dev.concordat.tcc;

import java.time.Duration;
import java.util.List;

/**
 * Hears of every moment of every transaction this process runs. Called in the thread that does the
 * work, so be quick; whatever is thrown is logged, less often the more there is, and changes
 * nothing.
 */
public interface TccListener {

  /**
   * Events have become durable, in this order within one instance unless two threads record at
   * almost the same time. A crash may keep a listener from hearing of some.
   */
  default void recorded(Moment of, List<TccEvent> events) {}

  /** An attempt begins: a participant is going to be asked, or a local branch's code to run. */
  default void attemptStarts(Moment of, TccOperation operation, String branch, int attempt) {}

  /**
   * A participant answered, or a local branch's code returned: nothing of it is recorded yet, and
   * of a local branch nothing is committed yet. An answer may be a refusal; what was said is in the
   * events that follow.
   */
  default void attemptReturned(Moment of, TccOperation operation, String branch, int attempt) {}

  /** The code threw. What a participant did is not known then; a local branch did nothing. */
  default void attemptThrew(
      Moment of,
      TccOperation operation,
      String branch,
      int attempt,
      Throwable error,
      Duration took) {}

  /**
   * Of which instance.
   *
   * @param id the instance's id
   * @param tcc the definition's name
   * @param version the definition's version
   */
  record Moment(String id, String tcc, int version) {}
}
