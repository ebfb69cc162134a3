package dev.concordat.examples.screen;

import java.io.IOException;
import java.nio.charset.Charset;

/** What is known about where output goes. */
final class Terminal {

  private Terminal() {}

  /** Whether a file descriptor is a terminal; Java itself cannot say that of each one. */
  static boolean is(int descriptor) {
    try {
      return new ProcessBuilder("sh", "-c", "test -t " + descriptor).inheritIO().start().waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whether colours and redrawing are welcome there (no-color.org, and TERM=dumb). */
  static boolean isColourful(int descriptor) {
    String noColor = System.getenv("NO_COLOR");
    return (noColor == null || noColor.isEmpty()) && !isDumb() && is(descriptor);
  }

  static boolean isDumb() {
    return "dumb".equals(System.getenv("TERM"));
  }

  static boolean canWrite(Charset charset, String text) {
    return charset.canEncode() && charset.newEncoder().canEncode(text);
  }
}
