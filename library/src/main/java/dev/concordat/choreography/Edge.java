package dev.concordat.choreography;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a service did in a flow: reported in the transaction that did it.
 *
 * @param flow the flow's id
 * @param name which flow it is one of
 * @param service who did it
 * @param step what was done or compensated
 * @param kind what became of it
 * @param compensable whether the service can compensate it
 * @param consumed what it was done on, or null if it began the flow
 * @param produced what was published then
 * @param hop how many events were before the produced ones in their chain of causes
 */
public record Edge(
    String flow,
    String name,
    String service,
    String step,
    Kind kind,
    boolean compensable,
    @Nullable Event consumed,
    List<Event> produced,
    int hop) {

  /** The type of the messages by which edges travel. */
  public static final String TYPE = "concordat.flow.edge";

  /** What became of a step. */
  public enum Kind {
    /** It was done, and began the flow. */
    BEGUN,
    /** It was done. */
    DONE,
    /** The business refused it: nothing was done. */
    REFUSED,
    /** It had been done, and was compensated. */
    COMPENSATED,
    /** It was compensated before it was done, and will not be done any more. */
    EMPTY,
    /** It was not done, because it had been compensated before. */
    BARRED,
    /** It was not compensated, because the service had passed its pivot. */
    TOO_LATE
  }

  /** An event by its id and type. */
  public record Event(String id, String type) {}

  /** Copies the list. */
  public Edge {
    produced = List.copyOf(produced);
  }

  /** Whether its service said that the flow goes back, or that it is too late for that. */
  boolean goesBack() {
    return switch (kind) {
      case REFUSED, COMPENSATED, EMPTY, BARRED, TOO_LATE -> true;
      case BEGUN, DONE -> false;
    };
  }

  boolean isDone() {
    return kind == Kind.BEGUN || kind == Kind.DONE;
  }
}
