package dev.concordat.saga;

import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Leases;
import dev.concordat.store.Mailbox;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An instance told for people.
 *
 * @param row its row
 * @param moments its journal, one event after the other
 * @param why why it is where it is, in words
 * @param next what happens next, in words
 * @param state its state as the codec wrote it
 */
public record Story(InstanceRow row, List<Moment> moments, String why, String next, String state) {

  /** Copies the moments. */
  public Story {
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
  public record Moment(int position, Instant at, long token, SagaEvent event) {

    /** The name of the event's kind. */
    public String type() {
      return event.getClass().getSimpleName();
    }

    /** The step it is about, or an empty text. */
    public String step() {
      return Telling.step(event);
    }

    /** The event in words, without step and time. */
    public String text() {
      return Telling.text(event);
    }
  }

  /**
   * The events of one journal entry.
   *
   * @throws IllegalStateException if it cannot be read, saying why
   */
  public static List<SagaEvent> events(Entry entry) {
    return SagaJournal.read(entry);
  }

  static Story of(
      InstanceRow row,
      List<Entry> entries,
      List<Mailbox.Letter> waiting,
      List<Leases.Worker> workers,
      Instant now) {
    List<Moment> moments = new ArrayList<>();
    try {
      for (Entry entry : entries) {
        for (SagaEvent event : SagaJournal.read(entry)) {
          moments.add(new Moment(entry.position(), entry.at(), entry.token(), event));
        }
      }
    } catch (IllegalStateException e) {
      return new Story(
          row,
          moments,
          "its journal cannot be read: " + e.getMessage(),
          "nothing, until a library that can read it takes it up; then say retry",
          "");
    }
    SagaState state = SagaState.EMPTY.applyAll(moments.stream().map(Moment::event).toList());
    Why why = new Why(row, state, waiting, workers, now);
    String data = state.phase() == SagaState.Phase.NEW ? "" : state.data().text();
    return new Story(row, moments, why.why(), why.next(), data);
  }
}
