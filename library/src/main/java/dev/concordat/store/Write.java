package dev.concordat.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One journal entry and all that must become true together with it.
 *
 * @param no the instance
 * @param token the writer's fencing token
 * @param position where the entry goes; must equal the journal's length
 * @param events the entry: a JSON array of at most {@link #MAX_EVENTS_LENGTH} characters
 * @param insert the instance itself, if this is its first entry
 * @param change what the instance's row shows from now on, or null to leave it
 * @param answers to letters that this entry takes up
 */
public record Write(
    long no,
    long token,
    int position,
    String events,
    @Nullable NewInstance insert,
    @Nullable Change change,
    List<Answer> answers) {

  /** The most characters one entry may have. */
  public static final int MAX_EVENTS_LENGTH = 16 * 1024 * 1024;

  /** Copies the answers, and checks that an instance is born with an entry, and not paused. */
  public Write {
    answers = List.copyOf(answers);
    if (insert != null && (events.isEmpty() || (change != null && change.paused()))) {
      throw new IllegalArgumentException("an instance is born with an entry, and not paused");
    }
  }

  /** What became of a {@link Write}. */
  public enum Result {
    /** It is durable. */
    ACCEPTED,
    /**
     * Nothing was written: the token is stale, or the position is taken by another entry. Read the
     * journal to see which.
     */
    STALE,
    /** Nothing was written: another instance has this id already. Only for a first entry. */
    EXISTS,
    /**
     * Nothing was written: a transaction that has not ended yet makes an instance of this id. Ask
     * again when it may have ended. Only for a first entry.
     */
    BUSY
  }

  /**
   * The answer to a letter.
   *
   * @param letter the letter's number within its instance
   * @param accepted whether what it asked was done
   * @param text for people: what was done, or why not
   */
  public record Answer(int letter, boolean accepted, String text) {}
}
