package dev.concordat.test;

/** What an instance acts upon in a crash test. */
@FunctionalInterface
public interface World {

  /** A world without anything in it. */
  World NOTHING = () -> {};

  /** Brings the world back to how it was before the first case. */
  void reset();
}
