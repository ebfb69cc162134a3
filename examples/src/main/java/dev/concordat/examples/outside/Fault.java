package dev.concordat.examples.outside;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How an outside system misbehaves. */
public enum Fault {
  /** Not at all. */
  NONE,
  /** It acts, and answers after its caller has given up. */
  LATE,
  /** It acts once, and says so several times and in the wrong order. */
  TWICE,
  /** It acts, and does not answer. */
  SILENT,
  /** It refuses. */
  REFUSE,
  /** It acts and answers that it failed, and for a while it does not know that it acted. */
  LIES;

  /** What it is called on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The faults, as they are called on the command line. */
  public static List<String> words() {
    return Arrays.stream(values()).filter(fault -> fault != NONE).map(Fault::word).toList();
  }

  /**
   * The fault of that name.
   *
   * @throws IllegalArgumentException if there is none, naming those there are
   */
  public static Fault of(String word) {
    return Arrays.stream(values())
        .filter(fault -> fault != NONE && fault.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "No outside system misbehaves as '"
                    + word
                    + "'. There are: "
                    + String.join(", ", words())
                    + "."));
  }
}
