package dev.concordat.atomic;

import java.time.Duration;

/**
 * Somebody who wants to hear what becomes of two-phase commits. Called in Concordat's threads,
 * after the fact; must not block.
 */
public interface TwoPhaseListener {

  /** It is decided that all branches commit. */
  default void committed(String name, String id) {}

  /** It is certain that none does. */
  default void aborted(String name, String id, String reason) {}

  /** A transaction that nobody worked on any more was ended as its decision says. */
  default void recovered(String name, String id, boolean committed) {}

  /** A branch has been in doubt for long; its locks are held until somebody reaches the decider. */
  default void inDoubt(String name, String id, String branch, Duration age) {}

  /** A branch did not do what was decided: somebody decided alone. */
  default void heuristic(String name, String id, String branch, String kind) {}

  /** Transactions waited for each other across databases, and this one was broken off. */
  default void deadlock(String name, String attempt) {}
}
