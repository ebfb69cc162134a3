package dev.concordat.tcc;

import dev.concordat.engine.Engine;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * A transaction of try, confirm and cancel, told for people.
 *
 * @param row its row
 * @param status where it stands
 * @param moments its journal, one event after the other
 * @param why why it is where it is, in words
 * @param next what happens next, in words
 * @param state what it is about, as the codec wrote it
 */
public record TccStory(
    InstanceRow row,
    TccStatus status,
    List<Moment> moments,
    String why,
    String next,
    String state) {

  /** Copies the moments. */
  public TccStory {
    moments = List.copyOf(moments);
  }

  /**
   * One event.
   *
   * @param position of its entry in the journal
   * @param at when the entry was written, by the database's clock
   * @param token under which it was written
   * @param event the event
   */
  public record Moment(int position, Instant at, long token, TccEvent event) {

    /** The name of the event's kind. */
    public String type() {
      return event.getClass().getSimpleName();
    }

    /** The branch it is about, or an empty text. */
    public String branch() {
      return TccTelling.branch(event);
    }

    /** The event in words, without branch and time. */
    public String text() {
      return TccTelling.text(event);
    }
  }

  /**
   * The events of one journal entry.
   *
   * @throws IllegalStateException if it cannot be read, saying why
   */
  public static List<TccEvent> events(Entry entry) {
    return TccJournal.read(entry);
  }

  /** The story of an instance, if it is one of these. */
  @SuppressWarnings("exports")
  public static Optional<TccStory> of(Engine engine, String id) {
    return engine.soon(() -> engine.store().instances().find(id)).flatMap(row -> of(engine, row));
  }

  private static Optional<TccStory> of(Engine engine, InstanceRow row) {
    List<Entry> entries = engine.soon(() -> engine.store().journal().read(row.no()));
    if (entries.isEmpty() || !TccJournal.isOurs(entries.getFirst())) {
      return Optional.empty();
    }
    Instant now = engine.soon(() -> engine.store().leases().now());
    return Optional.of(told(row, entries, now));
  }

  static TccStory told(InstanceRow row, List<Entry> entries, Instant now) {
    List<Moment> moments = new ArrayList<>();
    TccState state = TccState.EMPTY;
    String unreadable = "";
    try {
      for (Entry entry : entries) {
        for (TccEvent event : TccJournal.read(entry)) {
          moments.add(new Moment(entry.position(), entry.at(), entry.token(), event));
          state = state.apply(event);
        }
      }
    } catch (IllegalStateException e) {
      unreadable = "its journal cannot be read: " + e.getMessage();
    }
    return new TccStory(
        row,
        TccStatus.of(state),
        moments,
        unreadable.isEmpty() ? why(state) : unreadable,
        unreadable.isEmpty()
            ? next(state, now)
            : "nothing, until a library that can read it takes it up; then say retry",
        state.isNew() ? "" : state.accepted().input().text());
  }

  private static String why(TccState state) {
    String trouble = state.trouble();
    if (trouble != null) {
      return trouble;
    }
    if (state.paused()) {
      return "it is paused; what is held stays held";
    }
    TccEvent.Decided decided = state.decided();
    String because = decided == null ? "" : TccTelling.why(decided);
    return switch (TccStatus.of(state)) {
      case TRYING -> "what the branches need is being held: " + standings(state);
      case CONFIRMING -> because + "; all are told to confirm: " + standings(state);
      case CANCELLING -> because + "; all are told to cancel: " + standings(state);
      case CONFIRMED -> "every branch is confirmed" + byHand(state);
      case CANCELLED -> because + "; nothing is held any more" + byHand(state);
    };
  }

  private static String standings(TccState state) {
    StringJoiner text = new StringJoiner("; ");
    state.branches().forEach((name, branch) -> text.add("'" + name + "' " + standing(branch)));
    return text.toString();
  }

  private static String standing(TccBranchState branch) {
    return switch (branch.phase()) {
      case FRESH -> "is not tried yet";
      case TRYING -> "is being tried, attempt " + branch.attempts();
      case TRY_WAITING -> "did not answer its try (" + branch.note() + ") and is tried again";
      case TRIED -> "holds what it needs";
      case REFUSED -> "refused";
      case UNTOLD -> "is to be told";
      case TELLING -> "is being told, attempt " + branch.attempts();
      case TELL_WAITING -> "did not answer (" + branch.note() + ") and is told again";
      case PARKED -> "waits for a person";
      case CONFIRMED -> "is confirmed";
      case CANCELLED -> "is cancelled";
      case SETTLED -> "was settled by hand";
      case UNTRIED -> "held nothing";
    };
  }

  private static String byHand(TccState state) {
    boolean any =
        state.branches().values().stream().anyMatch(b -> b.phase() == TccBranchState.Phase.SETTLED);
    return any ? ", but for what a person settled by hand: " + standings(state) : "";
  }

  private static String next(TccState state, Instant now) {
    if (state.isFinal()) {
      return "nothing; this is the end";
    }
    if (state.paused()) {
      return "nothing, until somebody says resume";
    }
    if (state.attention() != null) {
      return state.decided() == null
          ? "nothing, until somebody says retry or cancel"
          : "nothing, until somebody says retry";
    }
    if (!state.parked().isEmpty()) {
      return "other branches go on; for the one that waits, say retry, or skip with what you did";
    }
    if (state.isNew() || state.decided() != null) {
      return "a worker goes on with it";
    }
    Duration left = Duration.between(now, state.deadline());
    return left.isNegative()
        ? "its deadline is over: a worker cancels it"
        : "all that is not tried by " + TccTelling.at(state.deadline()) + " cancels it";
  }
}
