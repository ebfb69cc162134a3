package dev.concordat.atomic;

import dev.concordat.engine.Engine;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A two-phase commit told for people.
 *
 * @param row its row
 * @param moments what is known of it
 */
public record TwoPhaseStory(InstanceRow row, List<Moment> moments) {

  /** Copies the moments. */
  public TwoPhaseStory {
    moments = List.copyOf(moments);
  }

  /**
   * One branch's end.
   *
   * @param at when that was noted, by the database's clock
   * @param branch the database
   * @param type Decided, Followed or Heuristic
   */
  public record Moment(Instant at, String branch, String type) {

    /** The moment in words. */
    public String text() {
      return switch (type) {
        case "Decided" -> "committed, and with it the decision that all commit";
        case "Followed" -> "was prepared, and committed";
        default -> "did not do what was decided; see concordat indoubt show";
      };
    }
  }

  /** The story of an instance, if it is a two-phase commit's. */
  @SuppressWarnings("exports")
  public static Optional<TwoPhaseStory> of(Engine engine, String id) {
    return engine
        .soon(() -> engine.store().instances().find(id))
        .filter(row -> row.version() == TwoPhaseJournal.NO_VERSION)
        .map(row -> new TwoPhaseStory(row, moments(engine, row)));
  }

  private static List<Moment> moments(Engine engine, InstanceRow row) {
    List<Moment> moments = new ArrayList<>();
    for (Entry entry : engine.soon(() -> engine.store().journal().read(row.no()))) {
      for (JsonNode event : JsonMapper.shared().readTree(entry.events())) {
        moments.add(
            new Moment(entry.at(), event.path("branch").asString(), event.path("type").asString()));
      }
    }
    return moments;
  }
}
