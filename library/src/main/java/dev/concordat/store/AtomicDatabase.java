package dev.concordat.store;

import java.time.Duration;

/** A database that takes part in two-phase commits, and can keep their decisions. */
public interface AtomicDatabase extends Branches, Decisions {

  /**
   * Forgets branches as {@link Branches#forget} says, and decisions of that name that are settled
   * and were made, or followed late, longer ago than {@code age}; and ids whose time is over. What
   * cannot be forgotten in one table keeps nothing in another.
   */
  @Override
  int forget(String name, Duration age, Duration open);
}
