package dev.concordat.saga;

import java.util.List;

/**
 * Makes one state of those that parallel branches came to.
 *
 * @param <S> the saga's state
 */
@FunctionalInterface
public interface BranchMerger<S> {

  /**
   * Merges.
   *
   * @param before the state when the branches began
   * @param after the states they ended with, in the order of declaration; branches that changed
   *     nothing are left out
   */
  S merge(S before, List<S> after);
}
