package dev.concordat.cli;

import org.jspecify.annotations.Nullable;

/** What keeps the command from doing what it was asked, in one sentence, with its exit status. */
final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int exit;

  Problem(int exit, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exit = exit;
  }

  static Problem noInstance(String id) {
    return new Problem(
        Exit.NOT_FOUND,
        "There is no instance '" + id + "' in this database and schema; `list` shows which are.",
        null);
  }

  static Problem noFlow(String id) {
    return new Problem(
        Exit.NOT_FOUND,
        "The tracker knows no flow '"
            + id
            + "' in this database and schema; `flows list` shows which it knows.",
        null);
  }

  static Problem undeclared(String name) {
    return new Problem(
        Exit.NOT_FOUND, "No tracker on this database declares the flow '" + name + "'.", null);
  }

  int exit() {
    return exit;
  }
}
