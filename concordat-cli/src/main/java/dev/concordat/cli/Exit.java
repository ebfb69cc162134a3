package dev.concordat.cli;

/** Exit statuses: what a script can tell without reading. */
final class Exit {

  /** Done. */
  static final int DONE = 0;

  /** Something failed that nobody foresaw. */
  static final int FAILED = 1;

  /** The command was called in a way it does not know, or needs {@code --yes}; nothing was done. */
  static final int USAGE = 2;

  /** There is no such instance. */
  static final int NOT_FOUND = 3;

  /** Refused: certainly nothing was changed. */
  static final int REFUSED = 4;

  /** It may have been done, or is asked for and not answered yet. */
  static final int UNKNOWN = 5;

  /** The database, or a broker, cannot be reached. */
  static final int UNREACHABLE = 9;

  private Exit() {}
}
