package dev.concordat.cli;

import dev.concordat.reservation.Money;
import dev.concordat.reservation.ReservationReport;
import dev.concordat.reservation.ReservationStory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Which of what was unresolved is so no more: of the oldest, as many as memory should hold. */
final class Resolved {

  static final int REMEMBERED = 10_000;

  /**
   * One of them.
   *
   * @param phase where it stands now
   */
  record One(String id, String provider, Money amount, String phase) {}

  private final Map<String, One> before = new LinkedHashMap<>();

  /** Remembers what is unresolved now. */
  Resolved(ReservationReport report) {
    report.unresolved(one -> {
      if (before.size() < REMEMBERED) {
        before.put(one.id(), new One(one.id(), one.provider(), one.amount(), ""));
      }
    });
  }

  /** Forgets what is unresolved still. */
  void without(ReservationReport report) {
    report.unresolved(one -> before.remove(one.id()));
  }

  int count() {
    return before.size();
  }

  /** The oldest of them, with where they stand now. */
  List<One> named(int limit, Function<String, Optional<ReservationStory>> stories) {
    List<One> named = new ArrayList<>();
    before.values().stream()
        .limit(limit)
        .forEach(one ->
            named.add(
                new One(
                    one.id(),
                    one.provider(),
                    one.amount(),
                    stories.apply(one.id()).map(ReservationStory::phase).orElse(""))));
    return named;
  }

  static ArrayNode document(List<One> named) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    named.forEach(one ->
        all.addObject()
            .put("id", one.id())
            .put("provider", one.provider())
            .put("amount_minor", one.amount().minor())
            .put("currency", one.amount().currency())
            .put("phase", one.phase()));
    return all;
  }
}
