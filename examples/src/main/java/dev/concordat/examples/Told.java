package dev.concordat.examples;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.List;

/**
 * One instance of a case in which services talk by messages, as its journals tell it.
 *
 * @param id its id
 * @param status how it stands
 * @param moments what happened, each after what caused it
 */
public record Told(String id, Status status, List<Moment> moments) {

  /** What a moment is to people. */
  public enum Mark {
    /** Something was done. */
    DONE,
    /** Something was compensated. */
    COMPENSATED,
    /** Something was refused or is missing. */
    BAD,
    /** Anything else. */
    NOTE
  }

  /**
   * Something that happened.
   *
   * @param type what kind of moment
   * @param step the step it is about, or an empty text
   * @param at when it became known
   * @param text it for people
   */
  public record Moment(String type, String step, Instant at, String text, Mark mark) {}

  /** Copies the list. */
  public Told {
    moments = List.copyOf(moments);
  }
}
