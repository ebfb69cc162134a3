package dev.concordat;

/** Keeps the module compilable until the door stands. */
final class Placeholder {
  private Placeholder() {}
}
