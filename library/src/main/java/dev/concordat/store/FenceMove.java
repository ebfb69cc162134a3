package dev.concordat.store;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a row of a fence is to change.
 *
 * @param from states that it may be in
 * @param to its state then
 * @param ifNew its state if there is none yet; null if none is to be made
 * @param busy for how long nobody else may move it, by the database's clock; empty if it need not
 * @param overdue whether it is moved only if its time is over; else its time no longer matters
 */
public record FenceMove(
    Set<String> from, String to, @Nullable String ifNew, Optional<Duration> busy, boolean overdue) {

  /** To a state, in this transaction. */
  public static FenceMove to(String state, Set<String> from, @Nullable String ifNew) {
    return new FenceMove(from, state, ifNew, Optional.empty(), false);
  }

  /** The same move by somebody who then is at it for at most that long. */
  public FenceMove busyFor(Duration time) {
    return new FenceMove(from, to, ifNew, Optional.of(time), overdue);
  }

  /** The same move, only of what is over its time. */
  public FenceMove ifOverdue() {
    return new FenceMove(from, to, ifNew, busy, true);
  }
}
