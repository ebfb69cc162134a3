package dev.concordat.cli;

import dev.concordat.core.Status;
import dev.concordat.store.InstanceRow;

/** How statuses look. */
final class Looks {

  private Looks() {}

  static String status(Screen screen, InstanceRow row) {
    return status(screen, row.status()) + (row.paused() ? " (paused)" : "");
  }

  static String status(Screen screen, Status status) {
    String style =
        switch (status) {
          case COMPLETED -> "green";
          case COMPENSATED -> "yellow";
          case NEEDS_ATTENTION -> "bold,red";
          case COMPENSATING -> "magenta";
          case PENDING, RUNNING, PREPARED -> "cyan";
        };
    return screen.styled(style, status.name());
  }
}
