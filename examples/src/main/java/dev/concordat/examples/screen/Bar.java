package dev.concordat.examples.screen;

import java.io.PrintStream;

/** A progress bar that redraws one line, and vanishes when it is full. */
final class Bar {

  private static final int WIDTH = 40;
  private static final String WIPE = "\r\u001b[K";

  private final PrintStream err;
  private final boolean shown;
  private final String full;
  private final String empty;

  Bar(PrintStream err, boolean shown, boolean plain) {
    this.err = err;
    this.shown = shown;
    this.full = plain ? "#" : "█";
    this.empty = plain ? "." : "░";
  }

  void draw(int done, int all) {
    if (!shown) {
      return;
    }
    if (done >= all) {
      wipe();
      return;
    }
    int filled = (int) ((long) WIDTH * done / all);
    err.print(
        "\r  " + full.repeat(filled) + empty.repeat(WIDTH - filled) + "  " + done + "/" + all);
    err.flush();
  }

  void wipe() {
    if (shown) {
      err.print(WIPE);
      err.flush();
    }
  }
}
