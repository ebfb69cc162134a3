package dev.concordat.cli;

import dev.concordat.store.InstanceRow;

/** How statuses look. */
final class Looks {

  private Looks() {}

  static String status(Screen screen, InstanceRow row) {
    String style =
        switch (row.status()) {
          case COMPLETED -> "green";
          case COMPENSATED -> "yellow";
          case NEEDS_ATTENTION -> "bold,red";
          case COMPENSATING -> "magenta";
          case PENDING, RUNNING -> "cyan";
        };
    return screen.styled(style, row.status().name()) + (row.paused() ? " (paused)" : "");
  }
}
