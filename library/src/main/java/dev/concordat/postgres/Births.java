package dev.concordat.postgres;

import dev.concordat.core.Status;
import dev.concordat.store.Change;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Write;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the row of a new instance says: its birth, or what its first entry already made of it. */
final class Births {

  private Births() {}

  static Status status(Write write) {
    Change change = write.change();
    return change == null ? Status.PENDING : change.status();
  }

  static @Nullable Long owner(Write write) {
    NewInstance born = Objects.requireNonNull(write.insert());
    boolean released = write.change() != null && write.change().release() != null;
    return released || born.owner().isEmpty() ? null : (Long) born.owner().getAsLong();
  }

  /** An instance that nobody holds from its birth wants to be claimed at once. */
  static boolean dueNow(Write write) {
    return write.change() == null && Objects.requireNonNull(write.insert()).owner().isEmpty();
  }

  static @Nullable Instant due(Write write) {
    Change change = write.change();
    return change == null || change.release() == null ? null : change.release().due();
  }
}
