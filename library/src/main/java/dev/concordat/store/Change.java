package dev.concordat.store;

import dev.concordat.core.Status;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an instance's row shows after a write.
 *
 * @param status its new status
 * @param paused whether it is paused
 * @param release null to keep hold of the instance, else how it is let go
 */
public record Change(Status status, boolean paused, @Nullable Release release) {

  /**
   * Letting go of an instance. If letters beyond {@code lettersTaken} have been posted meanwhile,
   * it becomes due at once, so none is overlooked.
   *
   * @param due when it wants to be claimed next, or null for not before a letter comes
   * @param lettersTaken how many letters its journal has taken up
   */
  public record Release(@Nullable Instant due, int lettersTaken) {}
}
