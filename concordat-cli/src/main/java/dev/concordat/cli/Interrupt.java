package dev.concordat.cli;

/** Knows whether this program was told to end: what breaks off then is no news to anybody. */
final class Interrupt {

  private static volatile boolean came;

  private Interrupt() {}

  /** Begins to watch for it. */
  static void watch() {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> came = true));
  }

  /** Whether the program is ending. */
  static boolean came() {
    return came;
  }

  /** Says that, and why, something broke off, unless the user broke it off. */
  static void brokeOff(String what, Exception why) {
    if (!came) {
      System.err.println(what + ": " + why.getMessage());
    }
  }
}
