package dev.concordat.cli;

import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.ReservationStory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The story of a reservation, or of the correction of one, as JSON. */
final class ReservationDocument {

  private ReservationDocument() {}

  static ObjectNode of(ReservationStory story) {
    ObjectNode document = Documents.instance(story.row());
    document.put("phase", story.phase());
    document.put("why", story.why());
    document.put("next", story.next());
    document.set("state", Documents.state(story.state()));
    ArrayNode evidence = document.putArray("evidence");
    for (Evidence each : story.evidence()) {
      ObjectNode one = evidence.addObject();
      one.put("source", each.source().name());
      one.put("finding", each.finding().name());
      if (each.amount() != null) {
        one.put("minor", each.amount().minor());
        one.put("currency", each.amount().currency());
      }
      if (each.reference() != null) {
        one.put("reference", each.reference());
      }
      one.put("event", each.event());
      one.put("at", each.at().toString());
      one.put("detail", each.detail());
    }
    ArrayNode events = document.putArray("events");
    for (ReservationStory.Moment moment : story.moments()) {
      ObjectNode event = events.addObject();
      event.put("position", moment.position());
      event.put("at", moment.at().toString());
      event.put("token", moment.token());
      event.put("type", moment.type());
      if (!moment.step().isEmpty()) {
        event.put("step", moment.step());
      }
      event.put("text", moment.text());
    }
    return document;
  }
}
