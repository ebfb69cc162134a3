package dev.concordat.store;

import dev.concordat.core.Bytes;
import java.time.Duration;
import java.util.Optional;

/** What became of a move. Whichever it is, the row is this transaction's until it ends. */
public sealed interface FenceClaim {

  /** There was no row, and one was made. */
  record Made() implements FenceClaim {}

  /**
   * The row was moved.
   *
   * @param attempt how often it was now, of those who were at it
   * @param held what the try answered, as JSON; empty if that is not known
   */
  record Moved(int attempt, Optional<String> held) implements FenceClaim {}

  /**
   * The row was not moved: its state or its hash is another, or somebody is at it.
   *
   * @param state its state
   * @param hash of what it is about
   * @param answered what is stored for the state, as JSON; empty if nothing is
   * @param reason for people; empty if there is none
   * @param busyFor how much longer somebody may be at it; zero if nobody is
   */
  record Found(String state, Bytes hash, Optional<String> answered, String reason, Duration busyFor)
      implements FenceClaim {}

  /** There is no row, and none was to be made. */
  record None() implements FenceClaim {}
}
