package dev.concordat.test;

import java.util.List;

/**
 * A law that a case broke.
 *
 * @param law the law's name
 * @param what how it was broken
 * @param example the name of the case: {@code only(name)} repeats just it
 * @param timeline what happened, line by line
 */
public record Violation(String law, String what, String example, List<String> timeline) {

  /** Copies the timeline. */
  public Violation {
    timeline = List.copyOf(timeline);
  }

  @Override
  public String toString() {
    return law
        + ": "
        + what
        + "\n  again: .only(\""
        + example
        + "\")\n    "
        + String.join("\n    ", timeline);
  }
}
