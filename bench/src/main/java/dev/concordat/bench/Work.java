package dev.concordat.bench;

/** Work that clients do over and over. */
@FunctionalInterface
interface Work {

  /**
   * Does one unit of work and returns when it has ended.
   *
   * @param no a number that no other unit of work has in this database
   */
  void once(long no) throws Exception;

  /** Called before each measurement, not measured. */
  default void before() {}

  /** Called after each measurement, not measured. */
  default void after() {}
}
