package dev.concordat.examples;

import dev.concordat.Concordat;
import dev.concordat.choreography.Edge;
import dev.concordat.choreography.TrackedFlow;
import dev.concordat.core.Status;
import dev.concordat.examples.peers.TrackerPeer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Services that react to each other's events, and a tracker that looks on. */
abstract class ChoreographyScenario implements PeerScenario {

  private static final String ENDED = "status IN ('COMPLETED', 'COMPENSATED')";

  /** The type of the event that tells of a step or compensation, by the moment's name. */
  abstract Map<String, String> tellings();

  @Override
  public String pattern() {
    return "choreography";
  }

  @Override
  public Map<Status, Long> outcomes(Evidence evidence, long first, long last) {
    Map<Status, Long> outcomes = new EnumMap<>(Status.class);
    String sql =
        "SELECT status, count(*) FROM concordat.flow WHERE %s GROUP BY status"
            .formatted(PeerScenario.numbered("id", first, last));
    for (String row : evidence.rows(TrackerPeer.NAME, sql)) {
      String[] parts = row.split(" ");
      outcomes.put(Status.valueOf(parts[0]), Long.valueOf(parts[1]));
    }
    return outcomes;
  }

  @Override
  public List<Double> millis(Evidence evidence, long first, long last) {
    String sql =
        "SELECT extract(epoch FROM updated_at - begun_at) * 1000 FROM concordat.flow"
            + (" WHERE " + ENDED + " AND " + PeerScenario.numbered("id", first, last));
    return evidence.rows(TrackerPeer.NAME, sql).stream().map(Double::valueOf).toList();
  }

  private static Optional<TrackedFlow> flow(Evidence evidence, String id) {
    DataSource tracker = evidence.databases().get(TrackerPeer.NAME);
    if (tracker == null) {
      throw new IllegalArgumentException("there is no tracker");
    }
    try (Concordat looking = Concordat.on(tracker).client()) {
      return looking.choreography().find(id);
    }
  }

  /** Of what nobody was told yet the tracker cannot know. */
  @Override
  public Optional<List<String>> missing(Evidence evidence, String id, String moment) {
    String telling = tellings().get(moment);
    if (telling == null) {
      return Optional.empty();
    }
    return Optional.of(
        flow(evidence, id).stream()
            .flatMap(flow -> named(flow))
            .filter(named -> named.contains(telling) || named.startsWith("compensate"))
            .distinct()
            .toList());
  }

  private static Stream<String> named(TrackedFlow flow) {
    return Stream.concat(
        flow.missing().stream().map(missing -> String.join(" or ", missing.events())),
        flow.owed().stream().map(owed -> "compensate " + owed));
  }

  @Override
  public Optional<Told> told(Evidence evidence, String id) {
    return flow(evidence, id).map(ChoreographyScenario::told);
  }

  private static Told told(TrackedFlow flow) {
    List<Told.Moment> moments = new ArrayList<>();
    flow.done().forEach(done -> moments.add(moment(done)));
    Instant timedOut = flow.timedOutAt();
    if (timedOut != null) {
      moments.add(
          new Told.Moment(
              "TimedOut",
              "",
              timedOut,
              "the tracker raised saga.timeout for want of "
                  + String.join("; ", flow.timedOutFor()),
              Told.Mark.BAD));
      // What followed from the timeout has no cause among the edges, so the time must do.
      moments.sort(Comparator.comparing(Told.Moment::at));
    }
    for (TrackedFlow.Missing missing : flow.missing()) {
      String text = String.join(" or ", missing.events()) + " after " + missing.after();
      moments.add(new Told.Moment("Missing", "", missing.since(), text, Told.Mark.BAD));
    }
    return new Told(flow.id(), flow.status(), moments);
  }

  private static Told.Moment moment(TrackedFlow.Done done) {
    Edge edge = done.edge();
    Edge.Event consumed = edge.consumed();
    String produced =
        edge.produced().stream().map(Edge.Event::type).collect(Collectors.joining(", "));
    String text =
        "%s%s%s"
            .formatted(
                edge.service(),
                consumed == null ? "" : " on " + consumed.type(),
                produced.isEmpty() ? "" : ": " + produced);
    return switch (edge.kind()) {
      case BEGUN -> moment("Begun", done, text, Told.Mark.DONE);
      case DONE -> moment("Done", done, text, Told.Mark.DONE);
      case REFUSED -> moment("Refused", done, text, Told.Mark.BAD);
      case COMPENSATED ->
          moment("Compensated", done, "compensated: " + text, Told.Mark.COMPENSATED);
      case EMPTY -> moment("Empty", done, "nothing to compensate: " + text, Told.Mark.COMPENSATED);
      case BARRED -> moment("Barred", done, "not done any more: " + text, Told.Mark.NOTE);
      case TOO_LATE -> moment("TooLate", done, "not compensated any more: " + text, Told.Mark.NOTE);
    };
  }

  private static Told.Moment moment(
      String type, TrackedFlow.Done done, String text, Told.Mark mark) {
    return new Told.Moment(type, done.edge().step(), done.at(), text, mark);
  }

  /** The tracker knows the end of each flow. */
  static Law ended() {
    return Law.none(
        "every flow has ended",
        TrackerPeer.NAME,
        "SELECT id, 'is', status FROM concordat.flow WHERE NOT " + ENDED);
  }

  /** The tracker says of each flow what became of it. */
  static Law known(String name, String database, String sql, Status as) {
    return Law.same(
        name,
        new Law.Query(database, sql),
        new Law.Query(
            TrackerPeer.NAME, "SELECT id FROM concordat.flow WHERE status = '" + as + "'"));
  }
}
