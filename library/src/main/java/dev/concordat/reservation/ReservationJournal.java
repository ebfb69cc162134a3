package dev.concordat.reservation;

import dev.concordat.runner.EventJson;
import dev.concordat.store.Entry;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Events to rows and back. A journal of a reservation or a correction begins with a kind whose name
 * begins with {@code Reservation}.
 */
final class ReservationJournal {

  private static final String PREFIX = "Reservation";

  private static final EventJson<ReservationEvent> JSON =
      new EventJson<>(
          ReservationEvent.class,
          Arrays.stream(ReservationEvent.class.getPermittedSubclasses()),
          Class::getSimpleName);

  private ReservationJournal() {}

  /** The entry for these events. */
  static String write(List<ReservationEvent> events) {
    return JSON.write(events);
  }

  /** The events of these entries. */
  static List<ReservationEvent> read(List<Entry> entries) {
    return JSON.read(entries);
  }

  static List<ReservationEvent> read(Entry entry) {
    return JSON.read(entry);
  }

  /** Whether a journal that begins so is a reservation's. */
  static boolean isOurs(List<Entry> entries) {
    return !entries.isEmpty() && JSON.begins(entries.get(0), PREFIX);
  }

  static String evidence(Evidence evidence) {
    return JSON.mapper().writeValueAsString(evidence);
  }

  static Evidence evidence(String text) {
    return JSON.mapper().readValue(text, Evidence.class);
  }

  static JsonNode tree(String text) {
    return JSON.mapper().readTree(text);
  }
}
