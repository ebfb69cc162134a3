package dev.concordat.examples.screen;

/**
 * Colours, where they are welcome.
 *
 * @param coloured whether they are
 */
public record Ink(boolean coloured) {

  private static final String RESET = "\u001b[0m";

  /** For what went well. */
  public String green(String text) {
    return paint("32", text);
  }

  /** For what did not. */
  public String red(String text) {
    return paint("31", text);
  }

  /** For what was taken back, or waits. */
  public String yellow(String text) {
    return paint("33", text);
  }

  /** For headings. */
  public String bold(String text) {
    return paint("1", text);
  }

  /** For what matters less. */
  public String dim(String text) {
    return paint("2", text);
  }

  private String paint(String code, String text) {
    return coloured ? "\u001b[" + code + "m" + text + RESET : text;
  }
}
