package dev.concordat.engine;

import dev.concordat.core.Status;
import dev.concordat.store.Change;
import dev.concordat.store.InstanceRow;
import org.jspecify.annotations.Nullable;

/**
 * What an instance's row shows, so that it is only written when it must show something else.
 *
 * @param status the status
 * @param paused whether it is paused
 */
record Shown(Status status, boolean paused) {

  /** A row not yet written. */
  static final Shown UNBORN = new Shown(Status.PENDING, false);

  static Shown of(InstanceRow row) {
    return new Shown(row.status(), row.paused());
  }

  static <S> Shown of(Script<S, ?, ?, ?> script, S state) {
    return new Shown(script.status(state), script.isPaused(state));
  }

  Change with(Change.@Nullable Release release) {
    return new Change(status, paused, release);
  }
}
