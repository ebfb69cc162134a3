package dev.concordat.bench;

import java.util.List;

/** One way to move money from the first database of a {@link Bank} to the second. */
interface Transfers extends Work, AutoCloseable {

  /** For people. */
  String name();

  /** Its connections to both databases, if its forced writes are to be counted. */
  default List<WatchedPool> pools() {
    return List.of();
  }

  @Override
  void close() throws Exception;
}
