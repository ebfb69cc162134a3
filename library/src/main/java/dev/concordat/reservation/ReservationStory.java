package dev.concordat.reservation;

import dev.concordat.engine.Engine;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Mailbox;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A reservation, or the correction of one, told for people.
 *
 * @param row its row
 * @param moments its journal, one event after the other
 * @param phase where it stands: HOLDING, CALLING, UNKNOWN, CONFIRMED …
 * @param why why it is where it is, in words
 * @param next what happens next, in words
 * @param state its state as the codec wrote it
 * @param evidence the piece kept of each source, weakest source first
 */
public record ReservationStory(
    InstanceRow row,
    List<Moment> moments,
    String phase,
    String why,
    String next,
    String state,
    List<Evidence> evidence) {

  /** Copies the lists. */
  public ReservationStory {
    moments = List.copyOf(moments);
    evidence = List.copyOf(evidence);
  }

  /**
   * One event.
   *
   * @param position of its entry in the journal
   * @param at when the entry was written, by the database's clock
   * @param token under which it was written
   */
  public record Moment(int position, Instant at, long token, ReservationEvent event) {

    /** The name of the event's kind. */
    public String type() {
      return event.getClass().getSimpleName();
    }

    /** What it is about: hold, call, status … or an empty text. */
    public String step() {
      return ReservationTelling.step(event);
    }

    /** The event in words. */
    public String text() {
      return ReservationTelling.text(event);
    }
  }

  /** The story of that instance; empty if there is none of that id, or it is no reservation. */
  @SuppressWarnings("exports")
  public static Optional<ReservationStory> of(Engine engine, String id) {
    Optional<InstanceRow> row = engine.store().instances().find(id);
    if (row.isEmpty()) {
      return Optional.empty();
    }
    List<Entry> entries = engine.store().journal().read(row.get().no());
    List<Mailbox.Letter> waiting = engine.store().mailbox().waitingFor(row.get().no());
    return ReservationJournal.isOurs(entries)
        ? Optional.of(of(row.get(), entries, waiting.size()))
        : Optional.empty();
  }

  static ReservationStory of(InstanceRow row, List<Entry> entries, int waiting) {
    List<Moment> moments = new ArrayList<>();
    try {
      for (Entry entry : entries) {
        for (ReservationEvent event : ReservationJournal.read(entry)) {
          moments.add(new Moment(entry.position(), entry.at(), entry.token(), event));
        }
      }
    } catch (IllegalStateException e) {
      return new ReservationStory(
          row,
          moments,
          "",
          "its journal cannot be read: " + e.getMessage(),
          "nothing, until a library that can read it takes it up; then say retry",
          "",
          List.of());
    }
    ReservationState state =
        ReservationState.EMPTY.applyAll(moments.stream().map(Moment::event).toList());
    return new ReservationStory(
        row,
        moments,
        state.phase.name(),
        ReservationTelling.why(state),
        waiting > 0
            ? waiting + " letters wait to be taken up by a worker"
            : ReservationTelling.next(state),
        state.data == null ? "" : state.data.text(),
        state.findings.all());
  }
}
