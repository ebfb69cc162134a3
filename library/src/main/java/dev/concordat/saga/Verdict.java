package dev.concordat.saga;

/**
 * What became of something that was asked of an instance.
 *
 * @param outcome whether it was done
 * @param text for people: what was done, or why not, or where it waits
 */
public record Verdict(Kind outcome, String text) {

  /** Whether it was done. */
  public enum Kind {
    /** It was done, and is in the journal. */
    DONE,
    /** It was refused, and nothing changed. */
    REFUSED,
    /** It is durably posted; no worker has taken it up yet. */
    PENDING
  }

  /** Whether it was done. */
  public boolean isDone() {
    return outcome == Kind.DONE;
  }
}
