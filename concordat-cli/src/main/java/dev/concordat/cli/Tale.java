package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.atomic.AtomicStory;
import dev.concordat.atomic.TwoPhaseStory;
import dev.concordat.core.Status;
import dev.concordat.reservation.ReservationStory;
import dev.concordat.saga.Story;
import dev.concordat.store.InstanceRow;
import dev.concordat.tcc.TccStory;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The story of an instance, whatever its protocol, as the command shows it.
 *
 * @param heading its first line
 * @param facts what is known of it, by name
 * @param lines its timeline
 * @param document the same as JSON
 */
record Tale(Heading heading, Map<String, String> facts, List<Line> lines, ObjectNode document) {

  /**
   * The first line.
   *
   * @param row its row, or null if it has none
   * @param what its definition and what it is
   */
  record Heading(String id, Status status, @Nullable InstanceRow row, String what) {

    static Heading of(InstanceRow row, String what) {
      return new Heading(row.id(), row.status(), row, what);
    }

    static Heading labelled(InstanceRow row, String more) {
      return of(row, row.definition() + "@" + row.version() + more);
    }
  }

  /** A moment. */
  record Line(Instant at, String step, String text) {}

  /** The story of the instance that has a row of that id. */
  static Tale of(Concordat concordat, String id) {
    Optional<Tale> special =
        concordat
            .twoPhaseStory(id)
            .map(Tale::of)
            .or(() -> concordat.reservationStory(id).map(Tale::of))
            .or(() -> concordat.tccStory(id).map(Tale::of));
    return special.orElseGet(() -> of(concordat.operator().show(id)));
  }

  static Tale of(AtomicStory story) {
    return new Tale(
        new Heading(story.id(), story.status(), null, story.name()),
        Map.of(),
        story.moments().stream().map(m -> new Line(m.at(), m.branch(), m.text())).toList(),
        Documents.story(story));
  }

  private static Tale of(TwoPhaseStory story) {
    return new Tale(
        Heading.of(story.row(), story.row().definition() + ", a two-phase commit"),
        Map.of(),
        story.moments().stream().map(m -> new Line(m.at(), m.branch(), m.text())).toList(),
        Documents.story(story));
  }

  private static Tale of(ReservationStory story) {
    return new Tale(
        Heading.labelled(story.row(), ", a reservation, " + story.phase()),
        facts(story.row(), story.why(), story.next(), story.state()),
        story.moments().stream().map(m -> new Line(m.at(), m.step(), m.text())).toList(),
        ReservationDocument.of(story));
  }

  private static Tale of(TccStory story) {
    return new Tale(
        Heading.labelled(story.row(), ", try, confirm and cancel, " + story.status()),
        facts(story.row(), story.why(), story.next(), story.state()),
        story.moments().stream().map(m -> new Line(m.at(), m.branch(), m.text())).toList(),
        Documents.story(story));
  }

  private static Tale of(Story story) {
    return new Tale(
        Heading.labelled(story.row(), ""),
        facts(story.row(), story.why(), story.next(), story.state()),
        story.moments().stream().map(m -> new Line(m.at(), m.step(), m.text())).toList(),
        Documents.story(story));
  }

  private static Map<String, String> facts(InstanceRow row, String why, String next, String state) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("why", why);
    facts.put("next", next);
    if (!state.isEmpty()) {
      facts.put("state", state);
    }
    new TreeMap<>(row.attributes()).forEach(facts::putIfAbsent);
    return facts;
  }

  /** Why it is where it is, in words. */
  String why() {
    return facts.getOrDefault("why", "");
  }

  /** What happens next, in words. */
  String next() {
    return facts.getOrDefault("next", "");
  }
}
