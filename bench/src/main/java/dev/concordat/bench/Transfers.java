package dev.concordat.bench;

/** One way to move money from the first database of a {@link Bank} to the second. */
interface Transfers extends Work, AutoCloseable {

  /** For people. */
  String name();

  @Override
  void close() throws Exception;
}
