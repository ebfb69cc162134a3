package dev.concordat.bench;

import java.util.List;

/**
 * One of the two that are compared.
 *
 * @param name for people
 * @param pool the connections it works with
 * @param work what its clients do
 * @param laws what has to hold of what they did
 */
record Side(String name, WatchedPool pool, Work work, List<Law> laws) {
  Side {
    laws = List.copyOf(laws);
  }
}
