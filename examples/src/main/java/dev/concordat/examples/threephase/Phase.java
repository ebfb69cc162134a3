package dev.concordat.examples.threephase;

import java.util.Arrays;
import java.util.List;

/** A moment at which the coordinator can be killed, or the network cut. */
public enum Phase {
  /** Before anybody is asked anything. */
  CAN_COMMIT("can-commit"),
  /** All have voted, and nobody is told of it. */
  VOTES("votes"),
  /** One has pre-committed. */
  PRE_COMMIT_ONE("pre-commit-one"),
  /** All have pre-committed. */
  PRE_COMMIT("pre-commit"),
  /** One has committed. */
  COMMIT_ONE("commit-one");

  private final String word;

  Phase(String word) {
    this.word = word;
  }

  /** Its name on the command line. */
  public String word() {
    return word;
  }

  /** All the names. */
  public static List<String> words() {
    return Arrays.stream(values()).map(Phase::word).toList();
  }

  /**
   * The phase of that name.
   *
   * @throws IllegalArgumentException if there is none, naming those there are
   */
  public static Phase of(String word) {
    return Arrays.stream(values())
        .filter(phase -> phase.word.equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no phase '" + word + "'. There are: " + String.join(", ", words())));
  }

  /** Whether a cut just then splits the textbook's variant: some know of the votes, others not. */
  public boolean splitsTheTextbook() {
    return this == VOTES || this == PRE_COMMIT_ONE;
  }
}
