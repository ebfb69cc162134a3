package dev.concordat.atomic;

import dev.concordat.core.Status;
import dev.concordat.store.ThreePhaseRows;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * A two-phase commit that has not ended, or a three-phase commit, told for people as the databases
 * that take part tell it now. No row is written for it, so nothing can be out of date.
 *
 * @param id what {@code list} shows: with the name in front, where that is known
 * @param name what it is called where it is used; or what it is, if that is not known here
 * @param status where it stands
 * @param since when it was first prepared or decided
 * @param moments what is known of it, oldest first
 */
public record AtomicStory(
    String id, String name, Status status, Instant since, List<Moment> moments) {

  /** The name of two-phase commits of which only branches are seen, which do not tell theirs. */
  public static final String TWO_PHASE = "two-phase commit";

  /** The name of all three-phase commits. */
  public static final String THREE_PHASE = "three-phase commit";

  /** Puts the moments in order. */
  public AtomicStory {
    moments = moments.stream().sorted(Comparator.comparing(Moment::at)).toList();
  }

  /**
   * Something that is known of it.
   *
   * @param at since when, by the database's clock
   * @param branch the database or participant
   * @param type Decided, Waits, Followed, Heuristic, Unseen, or the state of a participant
   * @param text for people
   */
  public record Moment(Instant at, String branch, String type, String text) {}

  /** Whether its user means this one: by its id, with or without the name. */
  public boolean isCalled(String wanted) {
    return id.equals(wanted) || id.equals(name + "/" + wanted);
  }

  /** What all participants of one database know of one three-phase commit. */
  @SuppressWarnings("exports")
  public static AtomicStory of(List<ThreePhaseRows.Seen> rows) {
    ThreePhaseRows.Seen first = rows.getFirst();
    return new AtomicStory(
        first.row().gid(),
        THREE_PHASE,
        status(rows),
        rows.stream().map(ThreePhaseRows.Seen::begun).min(Instant::compareTo).orElseThrow(),
        rows.stream().map(AtomicStory::moment).toList());
  }

  private static Status status(List<ThreePhaseRows.Seen> rows) {
    List<ThreePhaseState> states =
        rows.stream().map(one -> ThreePhaseState.valueOf(one.row().state())).toList();
    if (states.stream().anyMatch(state -> !state.isFinal())) {
      return Status.PREPARED;
    }
    return states.contains(ThreePhaseState.COMMITTED) ? Status.COMPLETED : Status.COMPENSATED;
  }

  private static Moment moment(ThreePhaseRows.Seen seen) {
    String state = seen.row().state();
    String text =
        switch (ThreePhaseState.valueOf(state)) {
          case INITIAL -> "was asked, and has not voted";
          case WAIT -> "voted yes, and waits for " + waited(seen);
          case PRE_COMMIT -> "pre-committed, and waits for " + waited(seen);
          case PRE_ABORT -> "pre-aborted, and waits for " + waited(seen);
          case COMMITTED -> "did its share";
          case ABORTED ->
              "does nothing" + (seen.row().reason().isEmpty() ? "" : ": " + seen.row().reason());
        };
    return new Moment(seen.changed(), seen.row().participant(), state, text);
  }

  private static String waited(ThreePhaseRows.Seen seen) {
    return seen.quiet().toSeconds()
        + " s"
        + (seen.overdue()
            ? "; nobody who drives it is heard, so it asks the others and ends it with them as soon"
                + " as it reaches a quorum"
            : "");
  }
}
