package dev.concordat.cli;

import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.ReservationStory;
import dev.concordat.store.InstanceRow;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Tells the story of a reservation, or of the correction of one. */
final class ReservationShow {

  private ReservationShow() {}

  static int show(Screen screen, ReservationStory story) {
    if (screen.isJson()) {
      screen.data(document(story));
    } else {
      screen.data(text(screen, story));
    }
    return Exit.DONE;
  }

  private static String text(Screen screen, ReservationStory story) {
    InstanceRow row = story.row();
    StringBuilder text = new StringBuilder();
    text.append(screen.styled("bold", Texts.plain(row.id())))
        .append("  ")
        .append(Looks.status(screen, row))
        .append("  ")
        .append(Texts.plain(row.definition()))
        .append('@')
        .append(row.version())
        .append(", a reservation, ")
        .append(story.phase())
        .append("  accepted ")
        .append(Times.second(row.createdAt()))
        .append("\n\n");
    lines(text, story);
    text.append('\n');
    int steps = story.moments().stream().mapToInt(moment -> moment.step().length()).max().orElse(0);
    for (ReservationStory.Moment moment : story.moments()) {
      text.append(screen.styled("faint", Times.millisecond(moment.at())))
          .append("  ")
          .append(Texts.padded(moment.step(), steps))
          .append("  ")
          .append(Texts.plain(moment.text()))
          .append('\n');
    }
    return text.toString();
  }

  private static void lines(StringBuilder text, ReservationStory story) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("why", story.why());
    lines.put("next", story.next());
    if (!story.state().isEmpty()) {
      lines.put("state", story.state());
    }
    new TreeMap<>(story.row().attributes()).forEach(lines::putIfAbsent);
    int names = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
    lines.forEach((name, value) ->
        text.append(Texts.padded(Texts.plain(name), names))
            .append("  ")
            .append(Texts.plain(value))
            .append('\n'));
  }

  static ObjectNode document(ReservationStory story) {
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
