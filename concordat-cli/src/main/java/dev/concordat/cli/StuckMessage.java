package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.store.Stuck;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/**
 * A message of a flow that does not get on.
 *
 * @param database in which of the named databases it is, or null for the tracker's
 * @param stuck the message
 */
record StuckMessage(@Nullable String database, Stuck stuck) {

  private static final int MOST = 50;

  /** In the tracker's database, and in those of the services that are named. */
  static List<StuckMessage> of(
      String flow, Concordat tracker, Map<String, String> services, DatabaseOptions options) {
    List<StuckMessage> all = new ArrayList<>();
    tracker.choreography().stuck(flow, MOST).forEach(one -> all.add(new StuckMessage(null, one)));
    services.forEach((name, url) -> {
      try (Concordat service = options.at(url).open(System.getenv())) {
        service
            .choreography()
            .stuck(flow, MOST)
            .forEach(one -> all.add(new StuckMessage(name, one)));
      }
    });
    return all;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(Texts.plain(stuck.type()))
        .append(stuck.at() == Stuck.Place.RELAY ? " at relay " : " at consumer ")
        .append(Texts.plain(stuck.name()))
        .append(database == null ? "" : " in " + Texts.plain(database))
        .append(" since ")
        .append(Times.second(stuck.since()))
        .append(", ")
        .append(meaning());
    String reason = stuck.reason();
    return text.append(reason == null ? "" : ": " + Texts.plain(reason)).toString();
  }

  private String meaning() {
    String place = stuck.at() == Stuck.Place.RELAY ? "" : "--consumer ";
    return switch (stuck.standing()) {
      case DEAD ->
          "a dead letter (dead-letters " + place + stuck.name() + " --replay " + stuck.no() + ")";
      case RETRYING -> "tried again by itself";
      case BEHIND -> "behind another of its key";
    };
  }

  void addTo(ArrayNode all) {
    all.addObject()
        .put("at", stuck.at().name())
        .put("name", stuck.name())
        .put("database", database)
        .put("position", stuck.no())
        .put("standing", stuck.standing().name())
        .put("topic", stuck.topic())
        .put("type", stuck.type())
        .put("reason", stuck.reason())
        .put("since", stuck.since().toString());
  }
}
