package dev.concordat.cli;

/** Texts of others, fit for a terminal. */
final class Texts {

  private Texts() {}

  /** Without control characters, which could do anything to a terminal; line breaks become ↵. */
  static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> plain.appendCodePoint(c == '\n' ? '↵' : isControl(c) ? '\uFFFD' : c));
    return plain.toString();
  }

  private static boolean isControl(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE;
  }

  static String padded(String text, int width) {
    int length = text.codePointCount(0, text.length());
    return length >= width ? text : text + " ".repeat(width - length);
  }
}
