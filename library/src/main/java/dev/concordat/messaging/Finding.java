package dev.concordat.messaging;

/**
 * What a look at a broker found: a setting that a person should know about.
 *
 * @param setting its name, as the broker or its client calls it
 * @param value what it is, and where
 * @param cost what it may cost, and what to do about it
 * @param refused whether nothing is sent while it is so
 */
public record Finding(String setting, String value, String cost, boolean refused) {

  /** A setting that loses, repeats or disorders messages. */
  public static Finding unsafe(String setting, String value, String cost) {
    return new Finding(setting, value, cost, true);
  }

  /** A setting that may be meant so. */
  public static Finding noted(String setting, String value, String cost) {
    return new Finding(setting, value, cost, false);
  }

  /** The same, only noted. */
  public Finding allowed() {
    return noted(setting, value, cost);
  }

  @Override
  public String toString() {
    return setting + " is " + value + ": " + cost;
  }
}
